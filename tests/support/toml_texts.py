"""TOML texts for properties: documents near a real configuration, with any value in any place."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

TABLES = ("run", "log", "rules", "people", "slack", "duo", "pagerduty", "gateway", "timing", "limits", "other")
KEYS = ("mode", "url", "partitions", "kind", "queue_url", "topics", "accounts", "paths", "path", "bot_token")
KEYS += ("bot_token_file", "api_url", "listen", "group_wait_s", "lateness_h", "ca_file", "unknown", "a b")
WORDS = (
    "observe",
    "enforce",
    "sqs",
    "files",
    "kinesis",
    "https://x.example.com",
    "http://127.0.0.1:1/1/q",
    "http://x",
)
WORDS += (
    "sqlite:///x.db",
    "kafka://b:1",
    "xoxb-1",
    "127.0.0.1:8470",
    "0.0.0.0:1",
    "444455556666",
    "",
    "\x00",
    "..",
)

VALUES = st.recursive(
    st.one_of(
        st.integers(), st.booleans(), st.floats(allow_nan=False), st.sampled_from(WORDS), st.text(max_size=5)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)


def inline(value: Any) -> str:
    """A value in TOML's inline form."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(character):08X}" for character in value) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inline(key)} = {inline(item)}" for key, item in value.items()) + "}"
    return value.isoformat() if isinstance(value, datetime) else repr(value)


@st.composite
def toml_texts(draw: st.DrawFn) -> str:
    """A document with tables and feeds, each key at most once a table."""
    pairs = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5)
    lines = [f"{inline(key)} = {inline(value)}" for key, value in draw(pairs).items()]
    for table in draw(st.lists(st.sampled_from(TABLES), unique=True, max_size=4)):
        lines.append(f"[{table}]")
        lines += [f"{inline(key)} = {inline(value)}" for key, value in draw(pairs).items()]
    for feed in draw(st.lists(pairs, max_size=3)):
        lines.append("[[feeds]]")
        lines += [f"{inline(key)} = {inline(value)}" for key, value in feed.items()]
    return "\n".join(lines) + "\n"
