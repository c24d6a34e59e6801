"""Verbs: the group of all verbs, each imported only when it is called."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import rich_click as click

PREFIX = "agents.cli"


OF_VERBS = ("--config", "--output", "-o", "--log")
"""Options that take a value and belong to verbs."""


class Verb(NamedTuple):
    """Where a verb's command is, and its line in the help."""

    target: str
    line: str


VERBS = {
    "demo": Verb("demo:demo", "The whole pipeline on this machine, with you as the engineer."),
    "init": Verb("init:init", "Write a configuration, rules, a people file and a Slack manifest to start from."),
    "run": Verb("run:run", "Run every role in one process on the embedded log."),
    "bridge": Verb("roles:bridge", "On Kafka: carry the feeds onto the log."),
    "worker": Verb("roles:worker", "On Kafka: decide, ask and page; several share the work."),
    "gateway": Verb("roles:gateway", "On Kafka: take Slack's answers, show the cases."),
    "watchdog": Verb("roles:watchdog", "On Kafka: page what the workers let lie, or that there is none."),
    "doctor": Verb("doctor:doctor", "Check everything that a run depends on, live."),
    "topics": Verb("topics:topics", "Compare the topics of a log on Kafka with what is needed; make them."),
    "config": Verb("config:config", "Check and show the configuration."),
    "people": Verb(
        "people:people", "Check the people file; look names up; import; send one person a test question."
    ),
    "rules": Verb("rules:rules", "Check, test and list rules."),
    "explain": Verb("explain:explain", "Say for each call in a file what would be decided, and why."),
    "backtest": Verb("backtest:backtest", "Run the rules over past calls: how many questions and pages?"),
    "cases": Verb("cases:cases", "List, show and export cases out of the log."),
    "audit": Verb("audit:audit", "Check the whole log against what is promised."),
    "auditor": Verb("audit:auditor", "Read on in the log, and page what breaks a promise."),
    "dlq": Verb("dlq:dlq", "List and show dead letters."),
    "bench": Verb("bench:bench", "In a checkout: measure it, beside other stream engines."),
}


class _Group(click.RichGroup):
    """A group that says where an option belongs that is a verb's, and was written before the verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before the verb."""
        written = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name in OF_VERBS:
                _misplaced(ctx, error.option_name, written, self.list_commands(ctx))
            raise


class Verbs(_Group):
    """A group that knows its verbs' names without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every verb, in the order of a first day."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """A stand-in with the verb's help line; `resolve_command` brings the verb itself."""
        verb = VERBS.get(cmd_name)
        return click.Command(cmd_name, help=verb.line) if verb is not None else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Import the verb that is called."""
        name, *rest = args
        verb = VERBS.get(name)
        if verb is None:
            _unknown(ctx, name, list(VERBS))
        module, _, attribute = verb.target.partition(":")
        command: Any = getattr(import_module(f"{PREFIX}.{module}"), attribute)
        return name, command, rest


class SubVerbs(_Group):
    """The verbs below a verb, with a suggestion for one that is mistyped."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is called."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            _unknown(ctx, args[0], list(self.commands))
        return super().resolve_command(ctx, args)


def _unknown(ctx: click.Context, name: str, known: Sequence[str]) -> NoReturn:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    hint = f': did you mean "{close[0]}"?' if close else f": known are {', '.join(known)}"
    ctx.fail(f'there is no verb "{name}"{hint}')


def _misplaced(ctx: click.Context, option: str, written: list[str], verbs: Sequence[str]) -> NoReturn:
    """Refuse an option before the verb with the line that was meant."""
    at = next(index for index, word in enumerate(written) if word.startswith(option))
    taken = written[at : at + 1] if written[at] != option else written[at : at + 2]
    rest = written[:at] + written[at + len(taken) :]
    verb = rest if rest and rest[0] in verbs else ["VERB", *rest]
    meant = " ".join([ctx.command_path, *verb, *taken, *(["VALUE"] if taken == [option] else [])])
    ctx.fail(f"{option} belongs behind the verb: {meant}")
