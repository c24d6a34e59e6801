"""Texts: what people read in Slack and on Duo's phone; the words themselves are in texts.yaml."""
