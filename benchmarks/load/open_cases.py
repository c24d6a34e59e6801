"""Open cases: so many questions that wait for their answers, as the changelog of `cases` has them."""

import hashlib
from collections.abc import Iterator

from msgspec.structs import replace

from agents.decisions.case.ids import digest_of
from streams.records.actor import Asked
from streams.records.case import Case, CaseState
from streams.records.codec import to_entry
from streams.records.command import Delivered
from streams.records.effect import Prompt
from streams.records.fact import Fact
from streams.records.timing import Timing
from streams.shell.message import Send
from streams.shell.ownership import epoch_headers
from streams.topics import changelog
from tests.support.cases import ADA, Partition, call, of

CALLS = 3
EPOCH = 1


def states(now_ms: int, timeout_ms: int) -> list[Case]:
    """A question of three calls, as each of its transitions wrote it: opened, asked, delivered just now."""
    timing = Timing(prompt_timeout_ms=timeout_ms, reminder_after_ms=timeout_ms // 2)
    partition = Partition()
    partition.now_ms = now_ms - 2 * timing.group_wait_ms
    partition.send(*[call(number, timing=timing) for number in range(CALLS)])
    opened = partition.only()
    (prompt,) = of(Prompt, partition.due(opened.case_id, after_ms=timing.group_wait_ms))
    asked = partition.only()
    assert isinstance(prompt, Prompt)
    partition.send(Delivered(prompt.case_id, prompt.attempt, "D0ADA", "1700000000.000100"))
    delivered = partition.only()
    assert delivered.state is CaseState.WAITING, delivered.state
    return [opened, asked, delivered]


def open_cases(
    count: int,
    partitions: int,
    now_ms: int,
    timeout_ms: int,
    *,
    compacted: bool = False,
    first: int = 0,
    apart_ms: float = 0.0,
) -> Iterator[Send]:
    """The changelog of so many questions of as many people that wait, spread over the partitions.

    As it was written, for an hour nothing of it may be compacted away; `compacted` leaves the last record of each.
    They are numbered from `first` on, and with `apart_ms` each is due so long after
    the one before it, the first after `timeout_ms`, and is not reminded any more.
    """
    written = states(now_ms, timeout_ms)
    topic, headers = changelog("cases"), epoch_headers(EPOCH)
    for model in written[-1:] if compacted else written:
        for number in range(first, first + count):
            case = _another(model, number, number % partitions)
            if apart_ms and case.prompt is not None:
                deadline_ms = now_ms + timeout_ms + round((number - first) * apart_ms)
                case = replace(case, deadline_ms=deadline_ms, prompt=replace(case.prompt, reminded=True))
            yield Send(topic, case.case_id.encode(), to_entry(case), case.partition, headers)


def _another(model: Case, number: int, partition: int) -> Case:
    """The same case of another person, with other calls."""
    person = f"person-{number}"
    marks = [hashlib.sha256(b"%d %d" % (number, index)).digest() for index in range(CALLS)]
    calls = [replace(one, fingerprint=mark) for one, mark in zip(model.calls, marks, strict=True)]
    digest = digest_of(b"".join(marks))
    case_id = hashlib.sha256(person.encode()).hexdigest()[:26]
    return replace(
        model,
        case_id=case_id,
        partition=partition,
        actor=replace(model.actor, person=person, claim=person),
        actor_key=f"person/{person}",
        group_key=model.group_key.replace(ADA.person, person),
        asked=Asked(person, person.title(), f"U{number}", person),
        calls=calls,
        fingerprints=b"".join(marks),
        digest=digest if model.digest else None,
        facts=[_fact(fact, case_id, person, digest) for fact in model.facts],
    )


def _fact(model: Fact, case_id: str, person: str, digest: str) -> Fact:
    """The same fact of that case."""
    own = {"person": person, "actor": person, "digest": digest}
    data = {name: own.get(name, value) for name, value in model.data.items()}
    return replace(model, case_id=case_id, actor_key=f"person/{person}", data=data)
