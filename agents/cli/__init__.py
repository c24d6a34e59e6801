"""Command line: one file a verb; everything heavy is imported when its verb runs."""
