"""Plain structs: everything that travels on a topic or rests in a table."""
