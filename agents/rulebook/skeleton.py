"""Skeleton: a rule to start from, about one call, with a test that fires and one that does not."""

import json
from collections.abc import Mapping
from typing import Any

NEIGHBOUR = "DescribeNothing"

_PAGE = """\
id: {id}
title: {name} called
action: {action}
stage: shadow  # recorded only; take this line out when `countersign rules report` looks right
match:
  eventSource: [{source}]
  eventName: [{name}]
  errorCode: [{{exists: false}}, null, "", "null", "200"]  # attempts that failed are left alone
because: {because}
runbook: {runbook}
tests:
  - name: {name} is called
    event: {event}
    expect: {action}
  - name: another call is left alone
    event: {{eventSource: {source}, eventName: {neighbour}}}
    expect: none
"""

BECAUSE = "say in one line why this matters, in words that the person asked understands"
RUNBOOK = "Say what the responder does first."

KEPT = ("eventSource", "eventName", "awsRegion", "recipientAccountId", "userIdentity", "requestParameters")
"""What a test keeps of a recorded call: what a pattern is likely to look at."""


def skeleton(rule_id: str, action: str, record: Mapping[str, Any]) -> str:
    """The text of a rules file about the call of a record; an error of the record is left out of its test."""
    event = {name: record[name] for name in KEPT if record.get(name) is not None}
    return _PAGE.format(
        id=rule_id,
        action=action,
        source=record["eventSource"],
        name=record["eventName"],
        neighbour=NEIGHBOUR,
        because=BECAUSE,
        runbook=RUNBOOK,
        event=json.dumps(event, ensure_ascii=False),
    )
