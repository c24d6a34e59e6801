"""Versions: how a change of rules and people reaches every process without a restart."""
