"""People: the directory file of the team, read once at start."""
