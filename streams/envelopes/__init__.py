"""Envelopes: whatever a feed can deliver, recognised by its shape and opened. Pure: bytes in, items out."""
