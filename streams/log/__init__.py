"""The log, whichever of the two it is: what lies on it, who may read it, what can be wrong with it."""
