"""Demo: the real pipeline on this machine, stand-ins around it, and a page on which you are the engineer."""
