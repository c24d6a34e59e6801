"""Documents: what Elasticsearch gets, under ECS field names; pure builders, also behind the CLI's exports."""
