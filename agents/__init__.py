"""Who acts: pure decisions, one thin file an agent, around them clients, gateway, supervisor, CLI, stand-ins."""
