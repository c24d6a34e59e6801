"""Intake: judges every recorded call once, and keeps those that deserve a question or a page."""

import sqlite3
from collections import Counter

import msgspec

from agents.backtest.known import Known
from agents.backtest.spool import Spool
from agents.decisions.judge import Policy, judge
from agents.decisions.summary import summarise
from agents.decisions.tally import Tallies, Whose
from agents.decisions.times import event_time_ms
from streams.envelopes.item import CallItem, Item, Pointer, Refused
from streams.records.account import account_of
from streams.records.actor import actor_key
from streams.records.command import CallCommand
from streams.records.fingerprint import fingerprint
from streams.records.seen import Decision
from streams.records.timing import Limits
from streams.records.verdict import Action, End

NONE = "none"
"""The action of a call that no rule wants."""

_NO_CEILINGS = Limits(prompts_per_person_hour=1 << 40, pages_per_account_hour=1 << 40)


class _Nothing:
    """No tallies from before."""

    def tally(self, whose: Whose) -> None:
        """Nothing was counted."""

    def forgotten_ms(self, rule_id: str) -> None:
        """Nothing was forgotten."""


class Intake:
    """Counts of what came, each distinct call judged at its first copy; items come in the order of (file, index).

    A judgement depends on the call alone (age 0, never late), so it is made at once and the order of time is
    left to the spool; rules that count go by the calls' own times, and judge by what was read before. Memory:
    what was counted.
    """

    def __init__(self, policy: Policy, spool: Spool, known: Known) -> None:
        # Whatever the configuration says: a backtest tells what enforcing would have cost.
        self._policy = policy._replace(observe=False)
        self._spool = spool
        self._tallies = Tallies(_Nothing())
        self._known = known
        self.records = 0
        self.dead_letters = 0
        self.undated = 0
        self.pointers = 0
        self.earliest_ms: int | None = None
        self.latest_ms: int | None = None
        self.by_action: Counter[str] = Counter({**dict.fromkeys(map(str, Action), 0), NONE: 0})
        self.by_rule: Counter[str] = Counter()

    @property
    def distinct(self) -> int:
        """How many different calls there were."""
        return sum(self.by_action.values())

    def take(self, item: Item) -> None:
        """Count one item of a file; what is neither a call nor refused carries no call and counts nowhere."""
        if isinstance(item, CallItem):
            self._call(item)
        elif isinstance(item, Refused):
            self.dead_letters += 1
        elif isinstance(item, Pointer):
            self.pointers += 1

    def _call(self, item: CallItem) -> None:
        try:
            mark = fingerprint(item.fields, floats=item.floats)
            if mark not in self._known:
                self._judge(item, mark)
        except (sqlite3.Error, OSError):
            raise  # the disk is full: what follows would be counted wrongly
        except Exception:  # noqa: BLE001 - whatever a record makes us raise is its own dead letter (I14)
            self.dead_letters += 1
            return
        self.records += 1

    def _judge(self, item: CallItem, mark: bytes) -> None:
        at_ms = event_time_ms(item.fields.get("eventTime"))
        # Most calls end here, before anybody asks who made them; nor are they counted.
        decision = self._decide(item, mark, at_ms) if self._policy.rules.may_match(item.fields) else None
        self._known.add(mark)
        self._clock(at_ms)
        if decision is None:
            self.by_action[NONE] += 1
            return
        self.by_action[str(decision.action)] += 1
        self.by_rule.update(decision.rules)

    def _decide(self, item: CallItem, mark: bytes, at_ms: int | None) -> Decision | None:
        """What becomes of a call that a rule could want; what deserves a question or a page is kept."""
        account = account_of(item.fields, item.account)
        past = self._tallies.take(item.fields, mark, account, self._policy, at_ms or 0)
        decision = judge(item.fields, account=account, policy=self._policy, received_ms=None, past=past).decision
        if decision is not None and decision.end is End.CASE:
            self._spool.add(at_ms, _command(item, decision, mark, account, at_ms))
        return decision

    def _clock(self, at_ms: int | None) -> None:
        if at_ms is None:
            self.undated += 1
            return
        if self.earliest_ms is None or at_ms < self.earliest_ms:
            self.earliest_ms = at_ms
        if self.latest_ms is None or at_ms > self.latest_ms:
            self.latest_ms = at_ms


def _command(
    item: CallItem, decision: Decision, mark: bytes, account: str | None, at_ms: int | None
) -> CallCommand:
    summary = summarise(
        item.fields,
        fingerprint=mark,
        rule=decision.rule,
        risk=decision.risk,
        account=account,
        received_ms=at_ms or 0,
    )
    unlimited = msgspec.structs.replace(decision, limits=_NO_CEILINGS)
    return CallCommand(actor_key(decision.actor, decision.asked), unlimited, at_ms or 0, summary)
