"""Settings: parsed once at start, all faults of all files reported together."""
