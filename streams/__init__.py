"""Data in motion: records, topics, envelopes, feeds, the bridge, the two logs and the durable agent shell."""
