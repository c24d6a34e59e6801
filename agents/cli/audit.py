"""The verbs `audit` and `auditor`: whether the log keeps the promises, once or as long as it grows."""

import os
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option, has_config, log_option
from agents.cli.output import emit, note, output_option, standing
from agents.cli.voice import Voice
from streams.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.audit.reading import Tick
    from agents.audit.report import Report
    from agents.decisions.audit.terms import Terms
    from streams.log.reader import OpenLog

_CHECKS = ("invariant", "check", "result", "findings", "promise")
_FINDINGS = ("invariant", "finding")


@click.command()
@config_option
@log_option
@output_option
def audit(config: Path | None, log: Path | None, form: str) -> int:
    """Check the whole log against what is promised: one row a check, then what was found.

    Works beside a running pipeline. Without a configuration a call that nothing was decided about counts as one
    that no rule fires on. Exit code 1 if anything was found.
    """
    from agents.audit.report import audited
    from agents.cli import log_view

    with log_view.open_log(config, log) as reader:
        terms, keep_ms = _terms(config, log, reader)
        with _bar() as bar:
            report = audited(reader, terms, keep_ms=keep_ms, bar=bar)
    _print(report, form)
    return ExitCode.PROBLEMS if report.findings else ExitCode.OK


@click.command()
@config_option
def auditor(config: Path | None) -> None:
    """Read on in the log for ever, and page calls without an end and ids with two contents.

    Runs beside `countersign run`, or beside the roles on Kafka; any number may, for they page under the same keys.
    """
    from agents.audit.role import run_auditor

    raise SystemExit(run_auditor(chosen_config(config), Voice.of_this_call().log_level))


def _terms(config: Path | None, log: Path | None, reader: "OpenLog") -> "tuple[Terms, int | None]":
    """What to judge by, and how long the log keeps calls, where a configuration says it."""
    from agents.audit.judging import keeping, secrets_of, terms_of
    from agents.audit.past_versions import PastVersions
    from agents.decisions.audit.terms import Terms
    from agents.policy import load_policy
    from streams.settings.load import survey

    now_ms = reader.clock()
    if log is not None and not has_config(config):
        return Terms(now_ms=now_ms, wanted=lambda _record, _received_ms: False), None
    settings = survey(chosen_config(config), os.environ).settings
    policy = load_policy(settings).policy
    past = PastVersions(settings, policy, lambda: nullcontext(reader))
    terms = terms_of(policy, settings.log.url, past.at)
    return terms._replace(now_ms=now_ms, secrets=secrets_of(settings)), keeping(settings).calls_ms


def _print(report: "Report", form: str) -> None:
    if form != "table":
        emit([*report.rows(), *report.found()], form)
        return
    rows: list[dict[str, Any]] = [
        {**row, "result": standing(row["ok"]), "promise": _promise(row)} for row in report.rows()
    ]
    emit(rows, form, _CHECKS)
    if report.findings:
        sys.stdout.write("\n")
        emit(report.found(), form, _FINDINGS)
    note(f"{counted(report.messages, 'message')} read; {counted(report.open_calls, 'call')} on the way to an end")


def _promise(row: dict[str, Any]) -> str:
    return f"{row['promise']} (not judged: {row['lacks']})" if row["lacks"] else str(row["promise"])


@contextmanager
def _bar() -> "Iterator[tuple[Tick, Tick]]":
    """A bar by messages with the time that is left, where somebody can see it: set its end, advance it."""
    if not sys.stderr.isatty() or Voice.of_this_call().quiet:
        yield (lambda _: None), (lambda _: None)
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("reading", total=None)
        yield (lambda total: progress.update(task, total=total)), (lambda read: progress.advance(task, read))
