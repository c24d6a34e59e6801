"""Rulebook: rules as files, read with every fault of every file reported in one run."""
