"""State: one file a table; each owns its key and its domain verbs."""
