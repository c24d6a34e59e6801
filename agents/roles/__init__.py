"""The roles: what each process of a run on Kafka is made of; the one-machine run composes the same parts."""
