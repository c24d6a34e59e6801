"""Case sample: what the entries of cases have in common, as the dictionary that they are deflated against.

Invariant: it never changes, not by a byte: what was written with it could not be read any more. Another one
is another version of the entry (`streams/records/case_entry.py`). That cases have other fields by then is no
reason: it costs a few bytes.
"""

import msgspec

_MS = 1_790_000_000_000
_REGIONS = "us-east-1 us-east-2 us-west-1 us-west-2 eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1"
_WHY = (
    "signed in through Identity Center as ",
    "IAM user  of account ",
    "the session's source identity is ",
    ", who is not in the people file",
    "role  lets only this person use the session name ",
    "the caller named the session  of role , and nothing proves it",
    "has a name that a machine or a tool makes up",
)
_CALLER = {"kind": "person", "person": "", "claim": "", "confidence": "high", "why": "", "account": ""}
_FACT = {"case_id": "", "seq": 1, "at_ms": _MS, "kind": "", "src": 0, "actor_key": "person/", "data": {}, "v": 1}


def _fact(seq: int, kind: str, data: dict[str, object]) -> dict[str, object]:
    return {**_FACT, "seq": seq, "kind": kind, "data": data}


_RARE = {
    "push": {"attempt": 1, "yes_ms": _MS, "not_after_ms": _MS, "queued_ms": None, "txids": [], "result": None},
    "page": {"reason": "no_answer", "emitted_ms": _MS, "accepted_ms": _MS, "by": "pager"},
    "fold": {"aggregate_id": "", "page": 1, "reason": ""},
    "outbox": [{"kind": "update", "attempt": 1, "since_ms": _MS, "not_after_ms": None}],
    "words": ["unattributed", "no_slack", "no_duo", "late", "low", "medium", "workload", "service", "root"],
    "calls": ["denied", "failed", "dry run", "Terraform 1.", "aws-cli 2.", "Boto3 1.", "a browser"],
}
_USUAL = {
    "case_id": "",
    "kind": "question",
    "state": "waiting",
    "seq": 3,
    "src": 0,
    "partition": 0,
    "actor": _CALLER,
    "actor_key": "person/",
    "group_key": "person/\x1fperson\x1f\x1f\x1fhigh\x1f\x1f120000\x1f300000\x1f900000\x1f60000\x1f120000"
    "\x1fNone\x1fFalse\x1fFalse\x1fFalse",
    "asked": {"person": "", "name": "", "slack": "U0", "duo": ""},
    "unaskable": None,
    "observe": False,
    "guard": False,
    "timing": {
        "group_wait_ms": 120_000,
        "group_interval_ms": 300_000,
        "prompt_timeout_ms": 900_000,
        "reminder_after_ms": 300_000,
        "push_timeout_ms": 60_000,
        "delivery_timeout_ms": 120_000,
    },
    "limits": {"prompts_per_person_hour": 12, "pages_per_account_hour": 30},
    "account": "",
    "rules": [],
    "opened_ms": _MS,
    "group_start_ms": _MS,
    "calls": [
        {
            "fingerprint": b"",
            "rule": "iam.",
            "event_source": "iam.amazonaws.com",
            "event_name": "",
            "account": "",
            "outcome": "ok",
            "risk": 5,
            "region": "us-east-1",
            "source": "",
            "tool": "",
            "target": "",
            "error": "AccessDenied",
            "event_id": "",
            "event_time_ms": _MS,
            "received_ms": _MS,
        }
    ],
    "lines": [{"rule": "", "event": "", "account": "", "source": "", "outcome": "ok", "count": 1}],
    "fingerprints": b"",
    "digest": "",
    "frozen_ms": _MS,
    "deadline_ms": _MS,
    "prompt": {
        "asked_ms": _MS,
        "not_after_ms": _MS,
        "messages": [{"channel": "D0", "ts": ""}],
        "delivered_ms": _MS,
        "reminded": False,
        "answer": None,
        "answered_ms": None,
        "answered_by": None,
    },
    "push": None,
    "page": None,
    "fold": None,
    "incident": None,
    "reason": None,
    "ended_ms": None,
    "outbox": [],
    "facts": [
        _fact(
            1,
            "opened",
            {"count": 1, "total": 1, "rules": [], "kind": "question", "actor": "", "why": "", "account": ""},
        ),
        _fact(2, "asked", {"person": "", "digest": "", "count": 1}),
        _fact(3, "delivered", {"channel": "D0", "ts": ""}),
        _fact(4, "reminded", {}),
    ],
    "v": 1,
}

SAMPLE = msgspec.msgpack.encode([_WHY, _REGIONS.split(), _RARE, _USUAL])
"""The most usual last: what is nearer costs less."""
