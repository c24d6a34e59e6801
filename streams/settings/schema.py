"""Schema: the configuration as JSON Schema, by which an editor completes and checks countersign.toml."""

from pathlib import Path
from typing import Any

import msgspec

from streams.settings.feed_checks import NOT_YET
from streams.settings.kinds import is_secret
from streams.settings.model import WORKING_FEEDS, FeedKind, FeedSettings, Settings


def config_schema() -> dict[str, Any]:
    """The schema of the file; a secret may also be given as `<key>_file`, and what is not built is not offered."""
    (whole,), parts = msgspec.json.schema_components([Settings], schema_hook=_custom)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "countersign.toml", **whole}
    for kind in _structs():
        properties = parts[kind.cls.__name__]["properties"]
        for field in kind.fields:
            if is_secret(field.type):
                properties[f"{field.name}_file"] = {
                    "type": "string",
                    "description": f"a file that holds {field.name}",
                }
    parts[FeedKind.__name__]["enum"] = sorted(WORKING_FEEDS)
    for key in NOT_YET:
        del parts[FeedSettings.__name__]["properties"][key]
    return {**schema, "$defs": _without_nulls(parts)}


def _structs() -> list[msgspec.inspect.StructType]:
    found: list[msgspec.inspect.StructType] = []
    top = msgspec.inspect.type_info(Settings)
    assert isinstance(top, msgspec.inspect.StructType)
    waiting: list[msgspec.inspect.Type] = [top]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, msgspec.inspect.VarTupleType):
            waiting.append(kind.item_type)
        if isinstance(kind, msgspec.inspect.StructType):
            found.append(kind)
            waiting += [field.type for field in kind.fields]
    return found


def _custom(kind: type) -> dict[str, Any]:
    return {"type": "string", "format": "path"} if kind is Path else {"type": "string", "minLength": 1}


def _without_nulls(node: Any) -> Any:
    """TOML has no null: a key that may be missing is simply not required."""
    if isinstance(node, list):
        return [_without_nulls(item) for item in node]
    if not isinstance(node, dict):
        return node
    options = node.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        (inner,) = (option for option in options if option != {"type": "null"})
        kept = {key: value for key, value in node.items() if key not in {"anyOf", "default"}}
        return _without_nulls({**kept, **inner})
    return {key: _without_nulls(value) for key, value in node.items()}
