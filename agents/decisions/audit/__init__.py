"""Audit: the invariants of a run, judged afterwards from what lies on the log."""
