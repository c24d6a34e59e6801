"""The verb `explain`: what the pipeline would make of recorded calls, each judged alone."""

import sys
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.explained import Line, explained
from agents.cli.options import config_option
from agents.cli.output import Format, emit, note, output_option, table
from agents.cli.recordings import Recordings, nothing_in

if TYPE_CHECKING:
    from agents.decisions.judge import Policy

REASONS = {
    "unknown_shape": "JSON, but neither a CloudTrail call nor an envelope that AWS puts around one",
    "not_json": "this is no JSON",
    "exception": "the decision about it failed, which is a fault of ours: its traceback is on standard error",
}
"""Why something is no call, where the word alone would say too little."""

COLUMNS = ("#", "action", "call", "account", "who", "asks", "rules", "why")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@config_option
@output_option
def explain(paths: tuple[str, ...], config: Path | None, form: str) -> None:
    """Say for each call in files or folders what would be decided, and why.

    PATH holds anything that a feed can deliver: records, CloudTrail log files, EventBridge events, SNS
    and SQS messages, CloudWatch Logs, Kinesis and LookupEvents output, lines of any of these; gzip or
    not. Each call is judged alone: nothing is grouped, counted, late, bound to a feed or joined to a session.

    Without a configuration the default rules decide, and no people are known.
    """
    from agents.cli.judging import judging

    settings, policy = judging(config)
    recordings = Recordings(paths, max_record_bytes=settings.limits.record_bytes)
    seen: Counter[str] = Counter()
    lines = _lines(recordings, policy, seen)
    if form == Format.TABLE:
        _print(lines)
    else:
        emit(lines, form)
    if not seen and not recordings.unreadable:
        note(nothing_in(paths))
    if seen["dead_letter"]:
        note(f"{seen['dead_letter']:,} of {seen.total():,} could not be read as a call")
    if recordings.unreadable:
        raise SystemExit(ExitCode.PROBLEMS)


def _lines(recordings: Recordings, policy: "Policy", seen: Counter[str]) -> Iterator[Line]:
    """The lines as they are read; `seen` counts their outcomes."""
    for name, items in recordings:
        for index, item in enumerate(items):
            line = explained(item, policy)
            seen[line["outcome"]] += 1
            yield {"file": name, "index": index} | line


def _print(lines: Iterator[Line]) -> None:
    """A table a file, under its name."""
    for file, found in groupby(lines, itemgetter("file")):
        sys.stdout.write(f"{file}\n{table([_row(line) for line in found], COLUMNS)}\n")


def _row(line: Line) -> Line:
    if line["outcome"] != "call":
        why = REASONS.get(line["reason"], line["reason"].replace("_", " "))
        return {"#": line["index"], "action": line["outcome"], "why": why}
    actor = line["actor"]
    return {
        "#": line["index"],
        "action": line["action"],
        "call": f"{line['event_source'].removesuffix('.amazonaws.com')}:{line['event_name']}",
        "account": line["account"],
        "who": f"{actor['person'] or actor['claim'] or actor['kind']} ({actor['confidence']})",
        "asks": line["asks"] or ("nobody: pages" if line["action"] == "notify" else None),
        "rules": line["rules"],
        "why": line["why"],
    }
