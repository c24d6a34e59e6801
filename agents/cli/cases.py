"""The verb `cases`: what was asked and paged, out of the log, also while the pipeline runs."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from agents.cli.options import chosen_config, config_option, log_option
from agents.cli.output import Format, emit, json_text, note, output_option, printable
from agents.cli.verbs import SubVerbs
from streams.counted import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.gateway.deps import RuleNote
    from streams.records.case import Case
    from streams.records.daily import Daily

_COLUMNS = ("case_id", "state", "reason", "who", "account", "calls", "rules", "opened", "ended")


_STATES = ("collecting", "prompting", "waiting", "challenging", "escalated", "verified", "paged", "reported")
_SHOWN = ("asking", "Duo", "paging", "would ask", "would page")
"""What pages and tables call a case, where they have another word than its state."""


@click.group(cls=SubVerbs)
def cases() -> None:
    """List, show and export cases out of the log."""


@cases.command("list")
@config_option
@log_option
@output_option
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([*_STATES, *_SHOWN]),
    help="Only cases in this state, by its own word or by the one of the list.",
)
@click.option("--person", help="Only cases of this person, by the id in the people file.")
@click.option("--account", help="Only cases of this account.")
def list_(
    config: Path | None,
    log: Path | None,
    form: str,
    states: tuple[str, ...],
    person: str | None,
    account: str | None,
) -> None:
    """List cases, the oldest first."""
    from agents.cli import log_view
    from agents.cli.case_story import row
    from agents.gateway.words import badge

    with log_view.open_log(config, log) as reader:
        found = log_view.cases(reader)
    wanted = [
        case
        for case in found
        if (not states or case.state in states or badge(case) in states)
        and (person is None or case.actor.person == person)
        and (account is None or case.account == account)
    ]
    shown = [row(case) | ({"state": badge(case)} if form == Format.TABLE else {}) for case in wanted]
    emit(shown, form, _COLUMNS)
    if not wanted:
        fits = f"none of {counted(len(found), 'case')} fits{_near(found, person, account)}"
        note(fits if found else "no cases yet")


def _near(found: "Sequence[Case]", person: str | None, account: str | None) -> str:
    """What was likely meant, where no case at all is of the person or account."""
    from agents.cli.nearest_word import nearest_word

    people = {case.actor.person for case in found} - {None}
    accounts = {case.account for case in found}
    for what, word, known in (("person", person, people), ("account", account, accounts)):
        if word is not None and word not in known:
            return f": none is of {what} {nearest_word(word, map(str, known))}"
    return ""


@cases.command()
@click.argument("case_id")
@config_option
@log_option
@output_option
def show(case_id: str, config: Path | None, log: Path | None, form: str) -> None:
    """Tell the whole story of one case; the beginning of its id is enough."""
    from agents.cli import log_view
    from agents.cli.case_story import story, whole

    with log_view.open_log(config, log) as reader:
        found = [case for case in log_view.cases(reader) if case.case_id.startswith(case_id)]
        if len(found) != 1:
            many = f"{len(found)} cases begin" if found else "no case begins"
            raise click.ClickException(f'{many} with "{case_id}": "countersign cases list" has the ids')
        facts = log_view.facts(reader, found[0].partition).get(found[0].case_id, [])
    if form != "table":
        sys.stdout.write(json_text(whole(found[0], facts), indent=2 if form == "json" else None) + "\n")
        return
    for line in story(found[0], facts, _notes(config)):
        sys.stdout.write(printable(line) + "\n")


@cases.command()
@config_option
@log_option
@click.option("--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True)
def export(config: Path | None, log: Path | None, form: str) -> None:
    """Write every case to standard output: whole as lines of JSON, or as rows of CSV."""
    from agents.cli import log_view
    from agents.cli.case_story import row, whole
    from agents.cli.csv_rows import write_csv

    with log_view.open_log(config, log) as reader:
        found = log_view.cases(reader)
        if form == "csv":
            columns = list(row(found[0])) if found else list(_COLUMNS)
            write_csv(sys.stdout, map(row, found), columns)
            return
        facts = log_view.facts(reader)
        for case in found:
            sys.stdout.write(json_text(whole(case, facts.get(case.case_id, []))) + "\n")


def _notes(config: Path | None) -> "dict[str, RuleNote]":
    """What is said of each rule; of the default pack alone where no configuration can be read."""
    from agents.gateway.rule_notes import rule_notes
    from agents.rulebook.book import open_rulebook
    from streams.settings.fault import FaultsFound
    from streams.settings.load import survey

    try:
        paths = [path for path in survey(chosen_config(config), os.environ).settings.rules.paths if path.exists()]
    except FaultsFound:
        paths = []
    return rule_notes(open_rulebook(paths))


@cases.command()
@click.option(
    "--day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The UTC day, as 2026-01-02; today if left out.",
)
@config_option
@log_option
@output_option
def report(day: "datetime | None", config: Path | None, log: Path | None, form: str) -> None:
    """Count what a day's cases came to, or in observe mode would have come to.

    Questions by person, pages by reason, cases by rule.
    """
    import msgspec

    from agents.cli import log_view
    from agents.decisions.daily import count_day, day_of
    from streams.clock import wall_clock

    with log_view.open_log(config, log) as reader:
        found = log_view.cases(reader)
    counted = count_day(found, f"{day:%Y-%m-%d}" if day else day_of(wall_clock()))
    if form == "table":
        emit(_counts(counted), form)
    else:
        emit([msgspec.to_builtins(counted)], form)


def _counts(counted: "Daily") -> list[dict[str, object]]:
    """The report as rows: what, of whom or why, how many."""
    rows: list[dict[str, object]] = [
        {"what": "cases that ended", "of": counted.day, "count": counted.cases},
        {"what": "calls in them", "of": "", "count": counted.calls},
        {"what": "verified", "of": "", "count": counted.verified},
    ]
    would = " (observe: would be)" if counted.observe else ""
    groups = ((f"questions{would}", counted.asked), (f"pages{would}", counted.paged), ("cases", counted.rules))
    return rows + [
        {"what": what, "of": name, "count": count} for what, counts in groups for name, count in counts.items()
    ]
