"""Feeds: the ways in which the calls of many accounts reach the bridge."""
