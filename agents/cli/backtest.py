"""Backtest: `countersign backtest`, what recorded calls would have cost in questions and pages."""

import sys
from typing import TYPE_CHECKING, Any

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import config_option
from agents.cli.output import Format, json_text, note, output_option
from streams.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.backtest.intake import Intake
    from agents.backtest.sent import Sent
    from agents.cli.recordings import Recordings
    from streams.envelopes.item import Item


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--answers",
    type=click.Choice(["yes", "silence"]),
    default="yes",
    show_default=True,
    help="What becomes of the questions: a Yes, approved after 60 s, or nothing until their time is over.",
)
@output_option
@config_option
def backtest(paths: tuple[str, ...], answers: str, form: str, config: "Path | None") -> None:
    """Run the rules over past calls: how many questions and pages would they have cost?

    PATH is a file or folder of whatever a feed can deliver, as for `explain`. The pipeline's own decisions are
    run in the calls' own time, with grouping and deadlines; nothing counts as late, no account is bound to a feed,
    and there are no ceilings.
    Hours are UTC. -o ndjson prints a line for each question and page, in the order of sending.
    """
    from agents.backtest.replay import Answers
    from agents.backtest.report import report
    from agents.backtest.run import backtest as run
    from agents.cli.judging import judging
    from agents.cli.recordings import Recordings

    settings, policy = judging(config)
    # Sorted: with the paths in another order the same calls come first.
    recordings = Recordings(sorted(paths), max_record_bytes=settings.limits.record_bytes)
    lines = form == Format.NDJSON
    done = run(_items(recordings), policy, Answers(answers), _print_line if lines else _say_nothing)
    if recordings.unreadable and not recordings.read:
        raise SystemExit(ExitCode.PROBLEMS)  # what could not be read is told; zeros would look like a result
    if not recordings.unreadable and not (done.intake.records or done.intake.dead_letters or done.intake.pointers):
        note(f"there is no call in {', '.join(paths)}: the numbers are of nothing")
    _notes(done.intake)
    for broken in done.broken:
        click.echo(broken.trace, err=True)
    if form == Format.JSON:
        import msgspec

        sys.stdout.write(json_text(msgspec.to_builtins(report(done.intake, done.tally)), indent=2) + "\n")
    elif form == Format.TABLE:
        from agents.cli.backtest_table import tables

        sys.stdout.write(tables(done.intake, done.tally, policy.rules))
    if recordings.unreadable or done.broken:
        raise SystemExit(ExitCode.PROBLEMS)


def _items(recordings: "Recordings") -> "Iterator[Item]":
    for recording in recordings:
        yield from recording.items


def _print_line(sent: "Sent") -> None:
    import msgspec

    from agents.backtest.tally import instant

    told: dict[str, Any] = {"at": instant(sent.at_ms), **msgspec.to_builtins(sent)}
    sys.stdout.write(json_text(told) + "\n")


def _say_nothing(_sent: "Sent") -> None:
    """The other forms add up."""


def _notes(intake: "Intake") -> None:
    if intake.dead_letters:
        total = intake.records + intake.dead_letters
        note(f"{intake.dead_letters:,} of {total:,} could not be read as a call")
    if intake.undated:
        many = counted(intake.undated, "call")
        note(f"{many} without a readable eventTime: taken to be made with the earliest call")
    if intake.pointers:
        many = counted(intake.pointers, "object")
        note(f"{many} in S3 only named in these files: the calls inside are not counted")
