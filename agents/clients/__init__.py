"""Clients: the vendors' own libraries behind values; every call has a timeout and ends in an Outcome."""
