"""Report: what `countersign backtest -o json` prints."""

from msgspec import Struct

from agents.backtest.intake import Intake
from agents.backtest.sent import SentKind
from agents.backtest.tally import Tally, Total


class Report(Struct, frozen=True):
    """One backtest in numbers.

    `records` counts calls and `distinct` their fingerprints; `by_action` and `by_rule` (every matching rule)
    count distinct calls.
    """

    records: int
    distinct: int
    duplicates: int
    dead_letters: int
    by_action: dict[str, int]
    by_rule: dict[str, int]
    prompts: Total
    pages: Total
    max_prompts_person_hour: int


def report(intake: Intake, tally: Tally) -> Report:
    """The report of what was taken in and what it would have sent."""
    return Report(
        records=intake.records,
        distinct=intake.distinct,
        duplicates=intake.records - intake.distinct,
        dead_letters=intake.dead_letters,
        by_action=dict(intake.by_action),
        by_rule=dict(sorted(intake.by_rule.items())),
        prompts=tally.total(SentKind.QUESTION),
        pages=tally.total(SentKind.PAGE),
        max_prompts_person_hour=tally.max_prompts_person_hour,
    )
