"""The verb `rules`: check, test, list, show, export and publish rules."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from agents.cli.exit_code import ExitCode
from agents.cli.options import chosen_config, config_option, has_config, log_option
from agents.cli.output import Format, emit, json_text, note, output_option
from agents.cli.verbs import SubVerbs
from streams.counted import counted

if TYPE_CHECKING:
    from agents.decisions.rules.rule import Rule
    from agents.rulebook.book import Rulebook
    from streams.settings.fault import Fault

SARIF, GITHUB = "sarif", "github"

_paths = click.argument("paths", nargs=-1, type=click.Path(path_type=Path))


@click.group(cls=SubVerbs)
def rules() -> None:
    """Check, test, list and show rules.

    Without PATHS the files of the configuration are taken, and without a configuration the folder rules/. The
    default pack and the guards are always part of it.
    """


@rules.command()
@_paths
@config_option
@click.option("--strict", is_flag=True, help="Exit 1 on warnings, too.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([*map(str, Format), SARIF, GITHUB]),
    default=str(Format.TABLE),
    show_default=True,
    help="How the faults are printed: sarif for code scanners, github for the lines of a pull request.",
)
def check(paths: tuple[Path, ...], config: Path | None, form: str, *, strict: bool) -> None:
    """Report every fault of every file, and warnings about rules that load; exit 1 when there is a fault."""
    from agents.rulebook.lint import lint, unfinished

    book = _open(paths, config)
    faults, warnings = [*book.faults, *unfinished(book.own)], lint(book.own, book.drafts)
    _report([*faults, *warnings], form)
    if faults or (strict and warnings):
        raise SystemExit(ExitCode.PROBLEMS)
    more = f", {counted(len(warnings), 'warning')}" if warnings else ""
    note(f"{counted(len(book.ruleset.rules), 'rule')}, version {book.ruleset.version}: no faults{more}")


@rules.command()
@_paths
@config_option
@click.option("--rule", "only", help="Run the tests of this rule only.")
@output_option
def test(paths: tuple[Path, ...], config: Path | None, only: str | None, form: str) -> None:
    """Run the tests inside the files: a line for each that fails, then a summary; exit 1 when one fails."""
    from agents.rulebook.cases import run_tests

    book = _open(paths, config)
    chosen = [one for one in book.tests if only in (None, one.rule_id)]
    if only is not None and not chosen:
        _report(book.faults, Format.TABLE)
        raise click.ClickException(_no_such_rule(only, book))
    results = run_tests(book.ruleset.rules, chosen)
    failures = [result.fault() for result in results if not result.passed]
    _report([*book.faults, *failures], form)
    tested = len({one.rule_id for one in chosen})
    left = f"; what has a fault was not tested: {counted(len(book.faults), 'fault')}" if book.faults else ""
    note(f"{len(results) - len(failures)} of {counted(len(results), 'test')} passed; rules tested: {tested}{left}")
    if book.faults or failures:
        raise SystemExit(ExitCode.PROBLEMS)


@rules.command("list")
@_paths
@config_option
@output_option
def list_rules(paths: tuple[Path, ...], config: Path | None, form: str) -> None:
    """List the rules in force, the strongest first."""
    book = _open(paths, config)
    ordered = sorted(book.ruleset.rules, key=lambda rule: (-rule.risk, rule.id))
    emit([_row(rule, book) for rule in ordered], form, ("id", "action", "stage", "title", "file"))
    _report(book.faults, Format.TABLE)
    if book.faults:
        raise SystemExit(ExitCode.PROBLEMS)


@rules.command()
@click.argument("rule_id")
@_paths
@config_option
def show(rule_id: str, paths: tuple[Path, ...], config: Path | None) -> None:
    """Show one rule in full, as JSON."""
    book = _open(paths, config)
    _report(book.faults, Format.TABLE)
    found = next((rule for rule in book.ruleset.rules if rule.id == rule_id), None)
    if found is None:
        raise click.ClickException(_no_such_rule(rule_id, book))
    draft = next(draft for draft in book.drafts if draft.rule is found)
    full = {
        "match": found.patterns,
        "except": found.exceptions,
        "when": draft.located.value.get("when", {}),
        "group_by": found.group_by,
        "timing": found.timing,
        "limits": found.limits,
        "runbook": found.runbook,
        "tests": [one.name for one in book.tests if one.rule_id == rule_id],
        "replaces": draft.replaces,
        "accept": draft.accepts,
    }
    click.echo(json_text(_row(found, book) | full, indent=2))


@rules.command()
@click.argument("rule_id")
@click.argument("call", metavar="CALL")
@click.option("--action", type=click.Choice(["log", "notify", "alert"]), default="notify", show_default=True)
@click.option("--to", "file", type=click.Path(path_type=Path), help="Write this file; it must not be there yet.")
def new(rule_id: str, call: str, action: str, file: Path | None) -> None:
    """Write a rule to start from, with its tests.

    CALL is a call's name like iam.amazonaws.com:CreateUser, or a file with a recorded call. The rule begins in
    shadow: it is recorded, and asks nobody.
    """
    from agents.cli.new_rule import new_rule, recorded
    from agents.rulebook.skeleton import failure

    record = recorded(call)
    text = new_rule(rule_id, action, record, _taken())
    _write(text, file)
    if (error := failure(record)) is not None:
        note(f"the recorded call failed ({error}): the rule is about calls that fail so, and not about others")
    if file is not None:
        note(f"{file}: say why in because, then `countersign rules check` and `countersign rules test`")


@rules.command()
@click.argument("recording", metavar="PATH")
@_paths
@config_option
@output_option
def explain(recording: str, paths: tuple[Path, ...], config: Path | None, form: str) -> None:
    """Say for each call of a recording which rules fire, and what the near misses wanted.

    A near miss is a rule that names the call's source or event. Each call is judged alone, with nobody known.
    """
    from agents.cli.near_rows import near_rows
    from agents.cli.recordings import Recordings, nothing_in
    from streams.envelopes.item import CallItem

    seen: Counter[type] = Counter()
    book = _open(paths, config)
    recordings = Recordings((recording,), max_record_bytes=16_777_216)
    emit(near_rows(recordings, book.ruleset.rules, seen), form, ("#", "call", "rule", "result", "why"))
    if not seen and not recordings.unreadable:
        note(nothing_in([recording]))
    elif (others := seen.total() - seen[CallItem]) > 0:
        verb = "is" if others == 1 else "are"
        note(f"{others:,} of {seen.total():,} {verb} no call: `countersign explain {recording}` says what each is")
    _report(book.faults, Format.TABLE)
    if recordings.unreadable or book.faults:
        raise SystemExit(ExitCode.PROBLEMS)


@rules.group("import", cls=SubVerbs)
def import_rules() -> None:
    """Turn rules of another language into rules of ours."""


@import_rules.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--to", "file", type=click.Path(path_type=Path), help="Write this file; it must not be there yet.")
def sigma(files: tuple[Path, ...], file: Path | None) -> None:
    """Turn Sigma rules for CloudTrail into rules in shadow; exit 1 when something of them cannot be said."""
    from agents.cli.errors import show_faults
    from agents.rulebook.files import rule_files
    from agents.rulebook.sigma.convert import convert

    found, faults = rule_files(files)
    read = [convert(one.name, one.path.read_text(encoding="utf-8", errors="replace")) for one in found]
    faults += [fault for one in read for fault in one.faults]
    text = "---\n".join(one.text() for one in read if one.rules)
    if text:
        _write(text, file)
    show_faults(faults)
    note(f"{counted(sum(len(one.rules) for one in read), 'rule')} out of {counted(len(found), 'file')}")
    if faults:
        raise SystemExit(ExitCode.PROBLEMS)


@rules.command()
def schema() -> None:
    """Print the JSON Schema of a rule, for editors."""
    from agents.rulebook.schema import rule_schema

    click.echo(json_text(rule_schema(), indent=2))


@rules.command("export-pattern")
@_paths
@config_option
@click.option("--log", "with_log", is_flag=True, help="Let the calls of log rules through as well.")
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([str(Format.JSON), str(Format.NDJSON)]),
    default=str(Format.JSON),
    show_default=True,
    help="One list, or a pattern a line.",
)
def export_pattern(paths: tuple[Path, ...], config: Path | None, form: str, *, with_log: bool) -> None:
    """Print EventBridge patterns that let every call through which a notify or alert rule could want.

    Each makes one rule in a member account, and fits EventBridge's limit of 2,048 characters as it is printed.
    Calls that issue credentials are always let through.
    """
    from agents.rulebook.export import export_patterns

    book = _open(paths, config)
    if book.faults:
        _report(book.faults, Format.TABLE)
        raise SystemExit(ExitCode.PROBLEMS)
    wanted = [rule for rule in book.ruleset.rules if with_log or rule.action != "log"]
    # No blanks: they count towards the limit.
    patterns = [json.dumps(one, separators=(",", ":")) for one in export_patterns(wanted)]
    click.echo("\n".join(patterns) if form == Format.NDJSON else "[\n" + ",\n".join(patterns) + "\n]")


@rules.command()
@config_option
@log_option
@output_option
def report(config: Path | None, log: Path | None, form: str) -> None:
    """Count what rules in shadow would have cost, from the calls that the log still holds.

    Questions are grouped as those of live rules would be; whoever cannot be asked is a page.
    """
    from agents.cli import log_view
    from agents.cli.shadow_rows import shadow_rows
    from agents.decisions.shadow import Costs

    costs = Costs()
    with log_view.open_log(config, log) as reader:
        for verdict in log_view.verdicts(reader):
            costs.add(verdict)
    rows = shadow_rows(costs, _open((), config).ruleset.rules, config)
    emit(rows, form)
    if not rows:
        note("no rule is in shadow, nor was one when the calls in the log were judged: there is nothing to report")


@rules.command("publish")
@config_option
def publish_rules(config: Path | None) -> int:
    """Publish the rules and the people of the configuration; running processes take them up without a restart.

    A set with a fault is refused, exit 3, and nothing is written. On one machine the running pipeline takes files
    that changed by itself: there this checks them and waits until it has.
    """
    from agents.cli.log_view import hush_clients
    from agents.cli.publish import publish
    from agents.policy import load_policy
    from streams.settings.load import load

    hush_clients()
    settings = load(chosen_config(config), os.environ)
    return publish(settings, load_policy(settings))


def _write(text: str, file: Path | None) -> None:
    """To a new file, or to standard output.

    Raises:
        ClickException: the file is there already.
    """
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already: name another file") from None


def _open(paths: Sequence[Path], config: Path | None) -> "Rulebook":
    from agents.rulebook.book import open_rulebook

    return open_rulebook(list(paths) or _configured(config))


def _configured(config: Path | None) -> list[Path]:
    """The rule files of the configuration, or the folder that `countersign init` makes."""
    if not has_config(config):
        folder = Path("rules")
        return [folder] if folder.is_dir() else []
    from streams.settings.load import load

    return list(load(chosen_config(config), os.environ).rules.paths)


def _taken() -> dict[str, str]:
    """The ids that are taken, and where each stands; a configuration with faults has only the pack's."""
    from agents.rulebook.book import open_rulebook
    from streams.settings.fault import FaultsFound

    try:
        paths = _configured(None)
    except FaultsFound:
        paths = []
    return open_rulebook(paths).origins


def _report(faults: "Sequence[Fault]", form: str) -> None:
    """Faults as lines for people, or as data."""
    from agents.cli.errors import show_faults
    from agents.cli.near_paths import near_fault

    if form == Format.TABLE:
        show_faults(faults)
        return
    faults = [near_fault(fault) for fault in faults]
    if form in (SARIF, GITHUB):
        from importlib.metadata import version

        from agents.cli.fault_forms import github, sarif

        lines = [json_text(sarif(faults, version("countersign")), indent=2)] if form == SARIF else github(faults)
        for line in lines:
            click.echo(line)
        return
    fields = ("file", "line", "column", "message", "code", "warning")
    emit([{field: getattr(fault, field) for field in fields} for fault in faults], form)


def _row(rule: "Rule", book: "Rulebook") -> dict[str, Any]:
    from agents.cli.near_paths import near
    from agents.decisions.rules.rule import RANK

    return {
        "id": rule.id,
        "action": str(rule.action),
        "stage": "shadow" if rule.shadow else "live",
        "title": rule.title,
        "because": rule.because,
        "guard": rule.guard,
        "risk": rule.risk - 10 * RANK[rule.action],  # as it is written; inside, the action's rank goes before it
        "file": near(book.origins[rule.id]),
    }


def _no_such_rule(rule_id: str, book: "Rulebook") -> str:
    from streams.settings.fault import nearest

    return f'there is no rule "{rule_id}"{nearest(rule_id, [rule.id for rule in book.ruleset.rules])}'
