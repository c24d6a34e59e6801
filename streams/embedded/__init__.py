"""The embedded log: topics, partitions, offsets and groups in one SQLite file, and the Faust transport on it."""
