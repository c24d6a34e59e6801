"""New rule: what `rules new` writes, out of a call's name or a recorded call."""

import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import rich_click as click

from agents.cli.near_paths import near
from agents.cli.recordings import Recordings
from agents.decisions.rules.rule import GUARD_PREFIX
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


def new_rule(rule_id: str, action: str, record: Mapping[str, Any], taken: Mapping[str, str]) -> str:
    """The text of the rule; `taken` says where the rule of each id that there is stands.

    Raises:
        UsageError: the id is none, or is taken or reserved.
    """
    if not ID.fullmatch(rule_id):
        raise click.UsageError(f'"{rule_id}" is no id: small letters and digits, as in team.iam.user-made')
    own = rule_id.removeprefix(GUARD_PREFIX).removeprefix("countersign.").removeprefix("team.")
    instead = f"team.{own}"
    if rule_id.startswith(GUARD_PREFIX):
        message = f'ids {GUARD_PREFIX}* are those of guards, to which nothing is added: take one like "{instead}"'
        raise click.UsageError(message)
    if rule_id in taken:
        message = (
            f'the id "{rule_id}" is taken by {near(taken[rule_id])}: take another, like "{_free(instead, taken)}"'
        )
        raise click.UsageError(message)
    return skeleton(rule_id, action, record)


def _free(rule_id: str, taken: Mapping[str, str]) -> str:
    numbered = (f"{rule_id}-{number}" for number in count(2))
    return rule_id if rule_id not in taken else next(name for name in numbered if name not in taken)
