"""Audit: reads the log from its beginning, and says what is not as it was promised."""
