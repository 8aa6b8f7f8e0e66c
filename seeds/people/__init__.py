"""The people of the demo: who signs in, whom they help, and how each referral went. Nobody in here exists."""
