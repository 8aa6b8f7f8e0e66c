"""The public half: organizations, services and places, how they get in and who keeps them right."""
