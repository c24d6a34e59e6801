"""Skeleton: a rule to start from, about one call, with a test that fires and one that does not."""

import json
from collections.abc import Mapping
from typing import Any

NEIGHBOUR = "DescribeNothing"

_PAGE = """\
id: {id}
title: {title}
action: {action}
stage: shadow  # recorded only; take this line out when `countersign rules report` looks right
match:
  eventSource: [{source}]
  eventName: [{name}]
  errorCode: {error}
because: {because}
runbook: {runbook}
tests:
  - name: {fires}
    event: {event}
    expect: {action}
  - name: {leaves}
    event: {other}
    expect: none
"""
_DONE = """[{exists: false}, null, "", "null", "200"]  # attempts that failed are left alone"""
_NO_ERRORS = (None, "", "null", "200")

BECAUSE = "say in one line why this matters, in words that the person asked understands"
RUNBOOK = "Say what the responder does first."

KEPT = ("eventSource", "eventName", "awsRegion", "recipientAccountId", "userIdentity", "requestParameters")
"""What a test keeps of a recorded call: what a pattern is likely to look at."""


def failure(record: Mapping[str, Any]) -> str | None:
    """The error of a call that failed; None for one that was done."""
    error = record.get("errorCode")
    return None if error in _NO_ERRORS else str(error)


def skeleton(rule_id: str, action: str, record: Mapping[str, Any]) -> str:
    """The text of a rules file about the call of a record: about such attempts, where the record tells of one."""
    source, name, error = record["eventSource"], record["eventName"], failure(record)
    event = {name: record[name] for name in KEPT if record.get(name) is not None}
    if error is None:
        title, fires, leaves = f"{name} called", f"{name} is called", "another call is left alone"
        other = {"eventSource": source, "eventName": NEIGHBOUR}
        wanted = _DONE
    else:
        title, fires, leaves = f"{name} failed", f"{name} fails", f"{name} that is done is left alone"
        other, event = event, event | {"errorCode": error}
        wanted = f"[{json.dumps(error)}]  # the recorded call failed: attempts, not what is done"
    return _PAGE.format(
        id=rule_id,
        title=title,
        action=action,
        source=source,
        name=name,
        error=wanted,
        because=BECAUSE,
        runbook=RUNBOOK,
        fires=fires,
        leaves=leaves,
        event=json.dumps(event, ensure_ascii=False),
        other=json.dumps(other, ensure_ascii=False),
    )
