"""Gateway: the HTTP door. Slack's interactions come in; health, metrics and the read-only case pages go out."""
