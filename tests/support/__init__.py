"""What tests of several packages share: databases, the cast, a client, a mail server, a browser."""
