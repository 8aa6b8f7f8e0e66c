"""Keys for partners' programs that read the open data: who has one, how much it may ask, and that limits are kept."""
