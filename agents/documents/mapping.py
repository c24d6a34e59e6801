"""Mapping: the index templates.

Strict, and what an event may fill freely is `flattened`: no key of an attacker's becomes a field of ours.
"""

from typing import Any

from agents.documents import call, case, fact

KEYWORD = {"type": "keyword", "ignore_above": 1024}
DATE = {"type": "date"}
LONG = {"type": "long"}
BOOLEAN = {"type": "boolean"}
TEXT = {"type": "text"}
FREE = {"type": "flattened", "ignore_above": 1024}
RAW = {"type": "keyword", "index": False, "doc_values": False}
PRIORITY = 500


def _fields(**fields: Any) -> dict[str, Any]:
    return {"properties": fields}


_CLOUD = _fields(provider=KEYWORD, region=KEYWORD, account=_fields(id=KEYWORD))
_USER = _fields(id=KEYWORD, name=KEYWORD)
_ERROR = _fields(code=KEYWORD, message=TEXT)
_ACTOR = _fields(kind=KEYWORD, confidence=KEYWORD, why=KEYWORD)

_CALL = {
    "@timestamp": DATE,
    "event": _fields(kind=KEYWORD, provider=KEYWORD, action=KEYWORD, id=KEYWORD, outcome=KEYWORD, ingested=DATE),
    "cloud": _CLOUD,
    "user": _USER,
    "source": _fields(address=KEYWORD, ip={"type": "ip"}),
    "user_agent": _fields(original=KEYWORD),
    "error": _ERROR,
    "rule": _fields(id=KEYWORD),
    "aws": _fields(
        cloudtrail=_fields(
            event_type=KEYWORD,
            user_identity=FREE,
            request_parameters=FREE,
            response_elements=FREE,
            additional_event_data=FREE,
        )
    ),
    "countersign": _fields(
        action=KEYWORD,
        end=KEYWORD,
        why=KEYWORD,
        asked=KEYWORD,
        late=BOOLEAN,
        feed=KEYWORD,
        rules_version=KEYWORD,
        shadow=_fields(rule=KEYWORD, action=KEYWORD),
        actor=_ACTOR,
        unfit=KEYWORD,
        raw=RAW,
    ),
}

_FACT = {
    "@timestamp": DATE,
    "event": _fields(kind=KEYWORD, action=KEYWORD, sequence=LONG),
    "error": _ERROR,
    "countersign": _fields(
        case_id=KEYWORD, seq=LONG, actor_key=KEYWORD, src=LONG, data=FREE, unfit=KEYWORD, raw=RAW
    ),
}

_CASE = {
    "@timestamp": DATE,
    "event": _fields(kind=KEYWORD, outcome=KEYWORD, reason=KEYWORD, start=DATE, end=DATE, duration=LONG),
    "cloud": _CLOUD,
    "user": _USER,
    "error": _ERROR,
    "rule": _fields(id=KEYWORD),
    "countersign": _fields(
        case_id=KEYWORD,
        seq=LONG,
        actor_key=KEYWORD,
        kind=KEYWORD,
        state=KEYWORD,
        guard=BOOLEAN,
        observe=BOOLEAN,
        digest=KEYWORD,
        count=LONG,
        fingerprints=KEYWORD,
        actor=_ACTOR,
        why=KEYWORD,
        lines=FREE,
        delivered=DATE,
        answered=DATE,
        answer=KEYWORD,
        push=KEYWORD,
        paged=DATE,
        paged_by=KEYWORD,
        deadline=DATE,
        unfit=KEYWORD,
        raw=RAW,
    ),
}


def templates() -> dict[str, dict[str, Any]]:
    """The bodies of the composable index templates, by name."""
    return {
        call.PREFIX: _template(f"{call.PREFIX}-*", _CALL),
        fact.PREFIX: _template(f"{fact.PREFIX}-*", _FACT),
        case.INDEX: _template(case.INDEX, _CASE),
    }


def _template(pattern: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "index_patterns": [pattern],
        "priority": PRIORITY,
        "template": {"mappings": {"dynamic": "strict", "properties": properties}},
    }
