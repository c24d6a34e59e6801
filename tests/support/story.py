"""Stories: random steps of engineers, attackers, vendors and time, played on one worker."""

from typing import Any

import msgspec
from hypothesis import strategies as st

from agents.cases import TIMER_KEY
from agents.decisions.case.emit import Effect
from streams.records.actor import Asked
from streams.records.case import ENDS, Case, EffectKind
from streams.records.codec import from_entry
from streams.records.command import (
    CallCommand,
    CaseSweep,
    Command,
    Delivered,
    Due,
    EffectDone,
    EffectFailed,
    Incident,
    PageAccepted,
    PushResult,
    PushStarted,
)
from streams.records.effect import Page, Poll, Prompt, Push, Remind, Update
from streams.records.fact import Fact
from streams.records.timing import Limits
from streams.records.verdict import Action
from streams.topics import Topic
from tests.support.cases import ADA, GRACE, T0, call, click
from tests.support.journal import At, Commanded, Journal
from tests.support.worker import Logged, Output, Worker, Write

MUTE = Asked("mute", "Mute", None, None)
PEOPLE = (ADA, ADA, GRACE, None, MUTE)
TIGHT = Limits(prompts_per_person_hour=2, pages_per_account_hour=2)
STEPS_MS = (0, 1, 1_000, 5_000, 59_999, 60_000, 70_000, 120_000, 300_000, 900_000)
KEEP_MS = 90_000_000
NAMES = (None, None, "remind", "turn", "prompt:1", "page:1", "poll:1", "fold:1", "aggregate", "count")
RESULTS = ("allow", "allow", "deny", "fraud", "timeout", "error")

_which = st.sampled_from((0, 0, 0, 0, 1, 1, 2, 3, 5, 8))
_how = st.sampled_from((0, 0, 0, 0, 0, 1, 2, 3))
_numbers = st.lists(st.integers(0, 40), min_size=1, max_size=3)
_answer = st.sampled_from(("yes", "yes", "yes", "no"))
_stranger = st.sampled_from((0, 0, 0, 0, 1, 2))


_result = st.sampled_from(RESULTS)
_wrong = st.sampled_from((0, 0, 0, 1))
_pause = st.sampled_from(STEPS_MS)

ARGUMENTS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "question": (_numbers,),
    "yes": (_which,),
    "result": (_which, _result, _wrong),
    "click": (_which, _answer, _stranger),
    "reply": (_which, _how),
    "both": (_which, _how, _which, _how),
    "calls": (_numbers,),
    "wait": (_pause,),
    "sleep": (_pause,),
    "stray": (_which, st.sampled_from(NAMES)),
    "again": (_which,),
    "trouble": (st.integers(0, 7),),
    "restart": (),
    "sweep": (),
}
OFTEN = {"question": 7, "yes": 7, "result": 6, "click": 5, "reply": 5, "both": 3, "calls": 2, "wait": 3}
_names = st.sampled_from([name for name in ARGUMENTS for _ in range(OFTEN.get(name, 1))])


@st.composite
def a_step(draw: st.DrawFn) -> tuple[Any, ...]:
    """One step: its name and its arguments, as `Story` plays them on whatever there is by then."""
    name = draw(_names)
    return (name, *(draw(argument) for argument in ARGUMENTS[name]))


stories = st.tuples(st.booleans(), st.lists(a_step(), min_size=20, max_size=40))
"""Whether the ceilings are low, and the steps."""


class Story:
    """A worker, the log it read, and everything it sent; the outside is played by the steps."""

    def __init__(self, *, tight: bool) -> None:
        self.limits = TIGHT if tight else Limits()
        self.worker = Worker(limits=self.limits)
        self.now_ms = T0
        self.log: list[Logged] = []
        self.outputs: list[Output] = []
        self.tight = tight
        self.days = 0
        self.others = 0
        self.torn: set[int] = set()

    def play(self, steps: list[tuple[Any, ...]]) -> "Story":
        for name, *arguments in steps:
            getattr(self, name)(*arguments)
        return self

    def send(self, *commands: Command, key: bytes = b"") -> Output:
        """Append a message and have it handled."""
        offset = self.log[-1].offset + 1 if self.log else 0
        logged = Logged(offset + self.others, self.now_ms, key, list(commands))
        self.others = 0
        self.log.append(logged)
        self.outputs.append(self.worker.handle(logged))
        return self.outputs[-1]

    def effects_now(self) -> list[Effect]:
        """What the last message caused."""
        return self.outputs[-1].effects if self.outputs else []

    @property
    def facts(self) -> list[Fact]:
        return [fact for output in self.outputs for fact in output.facts]

    @property
    def effects(self) -> list[Effect]:
        return [effect for output in self.outputs for effect in output.effects]

    @property
    def cases(self) -> dict[str, Case]:
        return self.worker.shelf.cases

    def journal(self) -> Journal:
        """What the checker judges."""
        return Journal(
            commands=[
                Commanded(At(0, one.offset, one.now_ms), command) for one in self.log for command in one.commands
            ],
            facts=self.facts,
            effects=self.effects,
            cases=states(self.worker.cases.writes),
            committed={(Topic.COMMANDS, 0): self.log[-1].offset + 1 if self.log else 0},
            commands_from={0: 0},
            torn={0: frozenset(self.torn)},
        )

    def calls(self, numbers: list[int]) -> None:
        """Calls of one frame; a number that came before on the same day is a copy of that call."""
        self.send(*[self._call(number + 1_000 * self.days) for number in numbers])

    def _call(self, number: int) -> CallCommand:
        """Everything about a call follows from its number, as its fingerprint does."""
        asked = PEOPLE[number % len(PEOPLE)]
        return call(
            number,
            asked,
            Action.ALERT if number % 7 == 6 else Action.NOTIFY,
            rule="iam.create-user" if number % 2 else "ec2.open-port",
            account=f"{number % 2 + 1}" * 12,
            unaskable="no_slack" if asked is MUTE else None,
            limits=self.limits,
            guard=number % 11 == 10,
        )

    def question(self, numbers: list[int]) -> None:
        """Calls whose question is delivered."""
        self.calls(numbers)
        self.wait(120_000)
        self.send(*[reply_to(effect, 0) for effect in self.effects_now() if isinstance(effect, Prompt)])

    def yes(self, which: int) -> None:
        """A Yes whose push is started."""
        self.click(which, "yes", 0)
        self.send(*[reply_to(effect, 0) for effect in self.effects_now() if isinstance(effect, Push)])

    def click(self, which: int, answer: str, stranger: int) -> None:
        """A click on a question: by the person asked, by another, or on another question's digest."""
        prompts = _last(self.effects, Prompt)
        if prompts:
            prompt = prompts[-1 - which % len(prompts)]
            user = "U0GRACE" if prompt.slack_user == "U0ADA" else "U0ADA"
            self.send(
                click(
                    prompt,
                    answer,
                    user=user if stranger == 1 else None,
                    digest="0" * 64 if stranger == 2 else None,
                )
            )

    def reply(self, which: int, how: int) -> None:
        """What came of an effect."""
        commands = self._reply(which, how)
        if commands:
            self.send(*commands)

    def both(self, one: int, how: int, other: int, then: int) -> None:
        """Two replies in one message."""
        commands = self._reply(one, how) + self._reply(other, then)
        if commands:
            self.send(*commands)

    def _reply(self, which: int, how: int) -> list[Command]:
        effects = list({effect_id(effect): effect for effect in self.effects}.values())[-12:]
        if not effects:
            return []
        effect = effects[-1 - which % len(effects)]
        return [reply_to(effect, how)]

    def result(self, which: int, result: str, wrong: int) -> None:
        """Duo's last word on a push, or on one that nobody knows."""
        polls = _last(self.effects, Poll)
        if polls:
            poll = polls[-1 - which % len(polls)]
            txid = f"{poll.txid}-of-another" if wrong else poll.txid
            self.send(PushResult(poll.case_id, poll.attempt, txid, result))

    def wait(self, ms: int) -> None:
        """Time passes, and the timer tells what is due."""
        self.now_ms += ms
        overdue = self.worker.agent.deadlines[0].due(self.now_ms)
        if overdue:
            dues = [Due(one.subject, 0, one.at_ms, one.what) for one in overdue]
            self.send(*dues, key=TIMER_KEY)

    def sleep(self, ms: int) -> None:
        """Time passes, and no timer runs."""
        self.now_ms += ms

    def stray(self, which: int, name: str | None) -> None:
        """A word of a timer too early, too late, or about nothing."""
        subjects = [*self.cases, *self.worker.shelf.aggregates]
        if subjects:
            self.send(Due(subjects[-1 - which % len(subjects)], 0, 0, name), key=TIMER_KEY)

    def again(self, back: int) -> None:
        """The commands of an earlier message once more, as a new message; no call comes again after a sweep."""
        if self.log:
            earlier = self.log[-1 - back % len(self.log)]
            old = earlier.now_ms <= self.now_ms - KEEP_MS
            self.send(*[one for one in earlier.commands if not (old and isinstance(one, CallCommand))])

    def trouble(self, number: int) -> None:
        """The pipeline's own incident, of either urgency; some count what is told under their name."""
        urgency = "high" if number % 2 else "low"
        incident = Incident(f"feed {number}", "unbound_account", urgency, "1" * 12, "somebody speaks for another")
        counted = {"place": "calls:0", "offset": len(self.log), "count": 2} if number > 3 else {}
        self.send(msgspec.structs.replace(incident, **counted))

    def sweep(self) -> None:
        """The hourly sweep, a day and an hour later."""
        self.now_ms += KEEP_MS
        self.days += 1
        self.others = 200  # messages about nothing here
        self.send(CaseSweep(self.now_ms - KEEP_MS), key=TIMER_KEY)

    def restart(self) -> None:
        """Lose the memory, keep the changelogs."""
        self.worker = Worker(self.worker.cases.writes, self.worker.counters.writes, self.limits)

    def close(self) -> "Story":
        """Let time go on and PagerDuty answer, until nothing is left to do."""
        for _ in range(200):
            if all(case.state in ENDS for case in self.cases.values()):
                break
            effects = self.effects[-40:]
            paged = {effect_id(effect): effect for effect in effects if isinstance(effect, Page)}
            for page in paged.values():
                self.send(PageAccepted(page.subject, page.attempt))
            self.wait(60_000)
        return self


def states(writes: list[Write]) -> list[Case]:
    """Every state of every case, as written."""
    return [from_entry(Case, write.value) for write in writes if write.value is not None]


def effect_id(effect: Effect) -> tuple[Any, ...]:
    """What makes an effect the same one again; a repeat differs in nothing of it."""
    subject = effect.subject if isinstance(effect, Page) else effect.case_id
    return (type(effect).__name__, subject, effect.attempt)


def reply_to(effect: Effect, how: int) -> Command:
    """The report of an effect: 0 is the good one."""
    match effect:
        case Prompt():
            if how in {0, 3}:
                return Delivered(effect.case_id, effect.attempt, "D1", f"{effect.case_id[:4]}.{how}")
            return EffectFailed(effect.case_id, EffectKind.PROMPT, effect.attempt, "slack_down", how == 2)
        case Update() | Remind():
            kind = EffectKind.UPDATE if isinstance(effect, Update) else EffectKind.REMIND
            if how in {0, 3}:
                return EffectDone(effect.case_id, kind, effect.attempt)
            return EffectFailed(effect.case_id, kind, effect.attempt, "slack_down", how == 2)
        case Push():
            if how in {0, 3}:
                return PushStarted(
                    effect.case_id, effect.attempt, f"tx-{effect.case_id[:6]}-{effect.attempt}-{how}"
                )
            return EffectFailed(effect.case_id, EffectKind.PUSH, effect.attempt, "not_enrolled", how == 2)
        case Poll():
            return PushResult(effect.case_id, effect.attempt, effect.txid, RESULTS[how])
        case Page():
            if how in {0, 3}:
                return PageAccepted(effect.subject, effect.attempt, "watchdog" if how == 3 else "pager")
            return EffectFailed(effect.subject, EffectKind.PAGE, effect.attempt, "503", final=False)


def _last(effects: list[Effect], kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)][-6:]
