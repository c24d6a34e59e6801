"""Starter: the files that `countersign init` writes, with $words to fill in."""
