"""Schema: JSON Schema of a rule, so that an editor completes its keys and marks what is no rule while it is typed.

It is looser than `rules check` where a schema says it badly: numbers that cross, networks, names of fields.
"""

from typing import Any

from agents.decisions.case.opening import GROUP_BY
from agents.decisions.rules.past import MAX_COUNT, MAX_SINCE_S, MAX_WITHIN_S
from agents.decisions.rules.when import JsonType
from agents.rulebook.cases import EXPECTATIONS
from agents.rulebook.codes import WARNINGS
from agents.rulebook.document import ID, REQUIRED, STAGES
from agents.rulebook.overrides import LIMITS, TIMING
from streams.records.actor import ActorKind, Confidence
from streams.records.verdict import Action

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
POSITIVE: Schema = {"type": "integer", "minimum": 1}


def rule_schema() -> Schema:
    """The schema of one document of a rules file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Countersign rule",
        **_object(_keys(), REQUIRED),
        "$defs": {"pattern": _pattern(), "alternative": _alternative()},
    }


def _object(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": list(required)} if required else {})


def _words(words: Any) -> Schema:
    return {"enum": [str(word) for word in words]}


def _one_or_more(words: Any) -> Schema:
    one = _words(words)
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _span(**bounds: Any) -> Schema:
    number = {"type": "number", **bounds}
    return _object({"min": number, "max": number}) | {"minProperties": 1}


def _keys() -> Schema:
    patterns = {
        "anyOf": [
            {"$ref": "#/$defs/pattern"},
            {"type": "array", "items": {"$ref": "#/$defs/pattern"}, "minItems": 1},
        ]
    }
    return {
        "id": {"type": "string", "pattern": f"^{ID.pattern}$"},
        "title": TEXT,
        "action": _words(Action),
        "stage": _words(STAGES),
        "match": patterns,
        "except": patterns,
        "when": _when(),
        "because": TEXT,
        "runbook": TEXT,
        "group_by": _one_or_more(GROUP_BY),
        "timing": _object(dict.fromkeys(TIMING, POSITIVE)),
        "limits": _object(dict.fromkeys(LIMITS, POSITIVE)),
        "risk": {"type": "integer", "minimum": 0, "maximum": 9},
        "replaces": TEXTS,
        "accept": _one_or_more(WARNINGS),
        "tests": {"type": "array", "items": _test(), "minItems": 1},
    }


def _when() -> Schema:
    parameter = _object({"type": _words(JsonType), "regex": TEXT})
    actor = {
        "kind": _one_or_more(ActorKind),
        "confidence": _one_or_more(Confidence),
        "person": TEXTS,
        "group": TEXTS,
    }
    count = {
        "min": {"type": "integer", "minimum": 2, "maximum": MAX_COUNT},
        "within_s": {"type": "integer", "minimum": 1, "maximum": MAX_WITHIN_S},
    }
    paths = {"type": "array", "items": TEXT}
    conditions = {
        "age_s": _span(),
        "parameter_count": _span(),
        "parameters": {"type": "object", "additionalProperties": parameter},
        "other_account": paths,
        "public_policy": paths,
        "actor": _object(actor),
        "count": _object(count, ("min", "within_s")),
        "since_last_s": _span(minimum=0, maximum=MAX_SINCE_S),
    }
    return _object(conditions) | {"minProperties": 1}


def _test() -> Schema:
    actor = {
        "kind": _words(ActorKind),
        "confidence": _words(Confidence),
        "person": TEXT,
        "groups": {"type": "array", "items": TEXT},
    }
    keys = {
        "name": TEXT,
        "event": {"type": "object"},
        "expect": _words(EXPECTATIONS),
        "age_s": {"type": "integer"},
        "actor": _object(actor),
        "count": {"type": "integer"},
        "since_last_s": {"type": "integer"},
    }
    return _object(keys, ("name", "event", "expect"))


def _pattern() -> Schema:
    """Fields hold patterns or lists of alternatives; `$or` a list of at least two patterns."""
    field = {
        "anyOf": [
            {"$ref": "#/$defs/pattern"},
            {"type": "array", "items": {"$ref": "#/$defs/alternative"}, "minItems": 1},
        ]
    }
    either = {"type": "array", "items": {"$ref": "#/$defs/pattern"}, "minItems": 2}
    return {"type": "object", "minProperties": 1, "properties": {"$or": either}, "additionalProperties": field}


def _alternative() -> Schema:
    text = {"type": "string"}
    cased = {"anyOf": [text, _object({"equals-ignore-case": text}, ("equals-ignore-case",))]}
    bounds = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 2, "maxItems": 4}
    several = {"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]}
    values = {"type": ["string", "number"]}
    refused = {
        "anyOf": [
            values,
            {"type": "array", "items": values, "minItems": 1},
            _object(dict.fromkeys(("prefix", "suffix", "equals-ignore-case", "wildcard"), several)) | _ONE,
        ]
    }
    matcher = {
        "prefix": cased,
        "suffix": cased,
        "equals-ignore-case": text,
        "wildcard": text,
        "anything-but": refused,
        "numeric": bounds,
        "cidr": text,
        "exists": {"type": "boolean"},
    }
    return {"anyOf": [{"type": ["string", "number", "boolean", "null"]}, _object(matcher) | _ONE]}


_ONE: Schema = {"minProperties": 1, "maxProperties": 1}
