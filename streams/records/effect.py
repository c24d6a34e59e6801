"""Effect: one thing to do outside, with everything needed to do it. Emitted only after its intent is durable."""

from msgspec import Struct

from streams.records.summary import CallSummary, Line


class Question(Struct, frozen=True):
    """What a question shows, and why it goes to this person.

    `of_owner` is set where the account's owner is asked about somebody else's calls; `who` is that other then.
    `calls` are the riskiest first, at most 50; `lines` count every call; `count` is how many there are.
    """

    case_id: str
    actor_key: str
    digest: str
    person: str
    name: str
    why: str
    rules: list[str]
    count: int
    calls: list[CallSummary]
    lines: list[Line]
    prompt_timeout_ms: int
    push_timeout_ms: int
    confidence: str = ""
    of_owner: bool = False
    who: str = ""


class Prompt(Struct, frozen=True, tag="prompt"):
    """Ask a person in Slack. `partition` is where on `commands` the answer belongs; `emitted_ms` is log time."""

    case_id: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    not_after_ms: int
    slack_user: str
    question: Question


class Update(Struct, frozen=True, tag="update"):
    """Rewrite the question's message(s) with the outcome, without buttons. `outcome` names a text, with `data`."""

    case_id: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    not_after_ms: int
    channel_ts: list[tuple[str, str]]
    outcome: str
    data: dict[str, str]
    question: Question


class Remind(Struct, frozen=True, tag="remind"):
    """Remind the person, in the thread of the question."""

    case_id: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    not_after_ms: int
    channel: str
    ts: str
    deadline_ms: int


SlackEffect = Prompt | Update | Remind


class Push(Struct, frozen=True, tag="push"):
    """Send one Duo push; it may start only until `not_after_ms` and is never repeated under its id."""

    case_id: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    not_after_ms: int
    duo_user: str
    pushinfo: dict[str, str]


class Poll(Struct, frozen=True, tag="poll"):
    """Ask Duo what became of a recorded transaction, until `not_after_ms`."""

    case_id: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    not_after_ms: int
    duo_user: str
    txid: str


DuoEffect = Push | Poll


class Page(Struct, frozen=True, tag="page"):
    """Page by PagerDuty until it answers 202; `subject` is a case or aggregate id, urgency high or low."""

    subject: str
    actor_key: str
    partition: int
    attempt: int
    emitted_ms: int
    dedup_key: str
    urgency: str
    summary: str
    source: str
    details: dict[str, str]
