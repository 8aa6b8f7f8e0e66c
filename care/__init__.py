"""The confidential half: who the person is, what they need, and what they allowed us to tell whom."""
