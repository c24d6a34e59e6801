"""The supervisor of `countersign run`: restarts the one child, watches its deadlines, pages when it cannot."""
