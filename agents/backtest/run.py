"""Run: a whole backtest, from the items of files to the tally of what they would have sent."""

from collections.abc import Callable, Iterable
from contextlib import closing
from typing import NamedTuple

from agents.backtest.intake import Intake
from agents.backtest.known import Known
from agents.backtest.replay import Answers, Replay
from agents.backtest.sent import Sent
from agents.backtest.spool import Spool
from agents.backtest.tally import Tally
from agents.decisions.case.reduce import Broken
from agents.decisions.judge import Policy
from streams.envelopes.item import Item


class Backtested(NamedTuple):
    """What came in, what it adds up to, and the decisions that broke (a defect of ours: there should be none)."""

    intake: Intake
    tally: Tally
    broken: list[Broken]


def backtest(
    items: Iterable[Item], policy: Policy, answers: Answers, tell: Callable[[Sent], None] = lambda _sent: None
) -> Backtested:
    """Judge the items, then live through what they deserve; `tell` hears of each question and page in order.

    Items must come in the order of (file, index), files by name: that settles what happened at the same instant.
    """
    with closing(Spool()) as spool, closing(Known()) as known:
        intake = Intake(policy, spool, known)
        for item in items:
            intake.take(item)
        tally = Tally()

        def sent(one: Sent) -> None:
            tally.add(one)
            tell(one)

        replay = Replay(answers, sent)
        for at_ms, command in spool.ordered(intake.earliest_ms):
            replay.call(at_ms, command)
        replay.finish()
    return Backtested(intake, tally, replay.broken)
