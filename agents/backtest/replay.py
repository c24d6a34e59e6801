"""Replay: the life of the cases in the calls' own time; every effect is answered as a willing world would."""

import heapq
from collections import defaultdict, deque
from collections.abc import Callable
from enum import StrEnum
from itertools import count

from agents.backtest.sent import UNATTRIBUTED, Sent, SentKind
from agents.decisions.case.due import Wake, wakes
from agents.decisions.case.emit import Effect
from agents.decisions.case.ids import FINGERPRINT_BYTES
from agents.decisions.case.reduce import Broken, Reduction
from streams.records.case import Case
from streams.records.case import EffectKind as Kind
from streams.records.command import (
    Answered,
    CallCommand,
    CaseSweep,
    Command,
    Delivered,
    Due,
    EffectDone,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.effect import Page, Poll, Prompt, Push, Remind
from tables.case_shelf import CaseShelf

ANSWER_AFTER_MS = 60_000
SWEEP_EVERY_MS = 3_600_000

_ANSWER, _DEADLINE = 0, 1  # the order within one millisecond; calls come after both
_CHANNEL, _TS, _TXID = "backtest", "0.0", "backtest"


class Answers(StrEnum):
    """What becomes of the questions: the two bounds between which the truth lies."""

    YES = "yes"  # answered Yes and approved after 60 s
    SILENCE = "silence"


class Replay:
    """One partition with a clock that jumps from event to event; `tell` hears of each question and page.

    Calls must come in the order of time. Of what falls on one millisecond, answers come first, then deadlines,
    then calls: an answer on the last moment counts, and a group's wait ends before a call that comes then.
    """

    def __init__(self, answers: Answers, tell: Callable[[Sent], None]) -> None:
        self._answers = answers
        self._tell = tell
        self._shelf = CaseShelf(0, 1)
        self._offset = 0
        self._numbers = count()
        self._ahead: list[tuple[int, int, int, Command]] = []
        self._watched: defaultdict[str, set[Wake]] = defaultdict(set)
        self._swept_ms = 0
        self._keep_ms = SWEEP_EVERY_MS
        self.broken: list[Broken] = []

    def call(self, at_ms: int, command: CallCommand) -> None:
        """A call that was made then, after everything that was due by then."""
        self._until(at_ms)
        self._sweep(at_ms, command.decision.timing.group_interval_ms)
        self._settle(at_ms, command)

    def finish(self) -> None:
        """After the last call: everything that still lies ahead."""
        self._until(None)

    def _until(self, now_ms: int | None) -> None:
        while self._ahead and (now_ms is None or self._ahead[0][0] <= now_ms):
            at_ms, _, _, command = heapq.heappop(self._ahead)
            if isinstance(command, Due):
                wake = Wake(at_ms, command.effect)
                if wake not in self._watched.get(command.case_id, ()):
                    continue  # the case has moved on since
                self._watched[command.case_id].discard(wake)
            self._settle(at_ms, command)

    def _sweep(self, now_ms: int, group_interval_ms: int) -> None:
        """Forget cases that nothing can refer to any more: the next question of a group looks at the last one."""
        self._keep_ms = max(self._keep_ms, group_interval_ms + SWEEP_EVERY_MS)
        if now_ms >= self._swept_ms + SWEEP_EVERY_MS:
            self._swept_ms = now_ms
            self._apply(now_ms, CaseSweep(now_ms - self._keep_ms))

    def _settle(self, now_ms: int, command: Command) -> None:
        """Apply a command, and the world's immediate replies to what it set off, before anything else happens."""
        waiting = deque([command])
        while waiting:
            for effect in self._apply(now_ms, waiting.popleft()):
                waiting.extend(self._reply(now_ms, effect))

    def _apply(self, now_ms: int, command: Command) -> list[Effect]:
        self._offset += 1
        reduction = Reduction(self._shelf, self._offset, now_ms)
        reduction.run([command])
        self.broken += reduction.broken
        effects = reduction.effects()
        cases, _ = self._shelf.written()
        for case in cases:
            self._watch(case)
        return effects

    def _watch(self, case: Case) -> None:
        """Look at the case again when its deadlines pass; its effects are answered at once and need no look."""
        ahead = {wake for wake in wakes(case) if wake.what is None or ":" not in wake.what}
        for wake in ahead - self._watched[case.case_id]:
            self._later(wake.at_ms, _DEADLINE, Due(case.case_id, case.seq, wake.at_ms, wake.what))
        self._watched[case.case_id] = ahead
        if not ahead:
            del self._watched[case.case_id]

    def _later(self, at_ms: int, rank: int, command: Command) -> None:
        heapq.heappush(self._ahead, (at_ms, rank, next(self._numbers), command))

    def _reply(self, now_ms: int, effect: Effect) -> list[Command]:
        """What the world says to an effect at once; the answer to a question comes later, or never."""
        match effect:
            case Prompt():
                self._tell(self._sent(now_ms, SentKind.QUESTION, effect.case_id))
                if self._answers is Answers.YES:
                    self._later(now_ms + ANSWER_AFTER_MS, _ANSWER, _yes(effect))
                return [Delivered(effect.case_id, effect.attempt, _CHANNEL, _TS)]
            case Push():
                return [PushStarted(effect.case_id, effect.attempt, _TXID)]
            case Poll():
                return [PushResult(effect.case_id, effect.attempt, effect.txid, "allow")]
            case Page():
                self._tell(self._sent(now_ms, SentKind.PAGE, effect.subject))
                return [PageAccepted(effect.subject, effect.attempt)]
            case _:
                kind = Kind.REMIND if isinstance(effect, Remind) else Kind.UPDATE
                return [EffectDone(effect.case_id, kind, effect.attempt)]

    def _sent(self, at_ms: int, kind: SentKind, case_id: str) -> Sent:
        case = self._shelf.cases[case_id]
        return Sent(
            at_ms=at_ms,
            kind=kind,
            person=case.asked.person if case.asked else UNATTRIBUTED,
            account=case.account,
            rules=sorted({line.rule for line in case.lines}),
            calls=len(case.fingerprints) // FINGERPRINT_BYTES,
            reason=case.reason if kind is SentKind.PAGE else None,
            case_id=case_id,
        )


def _yes(prompt: Prompt) -> Answered:
    return Answered(
        case_id=prompt.case_id,
        digest=prompt.question.digest,
        answer="yes",
        user_id=prompt.slack_user,
        team_id="",
        app_id="",
        channel=_CHANNEL,
        message_ts=_TS,
        action_ts=_TS,
    )
