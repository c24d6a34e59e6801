"""Kafka as the log: Faust's aiokafka driver made safe, and what reads, appends and checks beside it."""
