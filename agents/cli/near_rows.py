"""Near rows: what `rules explain` prints, one row a call and rule that fires on it or nearly does."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from agents.cli.recordings import Recordings
from agents.decisions.directory import Directory
from agents.decisions.judge import context_of
from agents.decisions.rules.past import nothing_before
from agents.decisions.rules.rule import Rule
from agents.rulebook.near import outcome
from streams.envelopes.item import CallItem, Item


def near_rows(
    recordings: Recordings, rules: Sequence[Rule], seen: Counter[type[Item]]
) -> Iterator[dict[str, Any]]:
    """Rows in the order of the calls; of one call the rules that fire first, then the nearest misses.

    `seen` counts what was found, calls and others.
    """
    for file, items in recordings:
        for index, item in enumerate(items):
            seen[type(item)] += 1
            if isinstance(item, CallItem):
                for row in _rows(item, rules):
                    yield {"file": file, "#": index, **row}


def _rows(item: CallItem, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    context = context_of(item.fields, Directory(), None)._replace(past=nothing_before)
    found = [one for rule in rules if (one := outcome(rule, item.fields, context)) is not None]
    found.sort(key=lambda one: (one.action is None, -one.rule.risk if one.action else len(one.why), one.rule.id))
    call = f"{item.fields['eventSource'].removesuffix('.amazonaws.com')}:{item.fields['eventName']}"
    return [
        {
            "call": call,
            "rule": one.rule.id,
            "result": one.action or "near miss",
            "why": "; ".join(one.why),
        }
        for one in found
    ] or [{"call": call, "rule": None, "result": "none", "why": "no rule is about this call"}]
