"""The bridge: what the feeds deliver becomes frames of calls, dead letters and counts on the log."""
