"""Doctor: asks live, before a run depends on it, whether everything answers as it should."""
