"""New rule: what `rules new` writes, out of a call's name or a recorded call."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rich_click as click

from agents.cli.recordings import Recordings
from agents.rulebook.document import ID
from agents.rulebook.skeleton import skeleton
from streams.envelopes.item import CallItem

_CALL = re.compile(r"([a-z0-9.-]+):([A-Za-z0-9]+)")


def recorded(call: str) -> Mapping[str, Any]:
    """The record that CALL names: the first call in a file, or a source and an event.

    Raises:
        UsageError: it is neither.
    """
    if Path(call).exists():
        for _, items in Recordings((call,), max_record_bytes=16_777_216):
            for item in items:
                if isinstance(item, CallItem):
                    return item.fields
        raise click.UsageError(f"{call} holds no recorded call")
    named = _CALL.fullmatch(call)
    if named is None:
        raise click.UsageError(f'"{call}" is no file and no call: write it like iam.amazonaws.com:CreateUser')
    source = named[1] if "." in named[1] else f"{named[1]}.amazonaws.com"
    return {"eventSource": source, "eventName": named[2]}


def new_rule(rule_id: str, action: str, record: Mapping[str, Any]) -> str:
    """The text of the rule.

    Raises:
        UsageError: the id is none.
    """
    if not ID.fullmatch(rule_id):
        raise click.UsageError(f'"{rule_id}" is no id: small letters and digits, as in team.iam.user-made')
    return skeleton(rule_id, action, record)
