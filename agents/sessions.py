"""Sessions: what triage sends about sessions: grants to where their calls arrive, and pages for contradictions."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from agents.decisions.grants import account_of_arn, contradiction
from streams.partitioner import batches, partition_of
from streams.records.codec import to_wire
from streams.records.command import CommandFrame, Incident
from streams.records.grant import Grant, GrantFrame, Session
from streams.shell.message import Message, Send
from streams.topics import Topic

MAX_FRAME_GRANTS = 200
"""A grant has at most a few kilobytes of text: below Kafka's default of 1 MB a message."""


def grant_frames(grants: Sequence[Grant], partitions: int) -> list[Send]:
    """Grants to the partitions where the calls of their keys arrive."""
    return [
        Send(Topic.CALLS, key, to_wire(GrantFrame(batch)), partition)
        for partition, key, batch in batches(grants, attrgetter("key"), partitions, MAX_FRAME_GRANTS)
    ]


def contradicted(message: Message, sessions: Iterable[Session], partitions: int) -> list[Send]:
    """A page for each of these sessions that is said to be of several people; its id makes a repeat the same."""
    sends = []
    for session in sessions:
        names = sorted(contradiction(session))
        if names:
            incident = _incident(message, session, names)
            key = f"incident/{incident.incident_id}".encode()
            sends.append(
                Send(Topic.COMMANDS, key, to_wire(CommandFrame([incident])), partition_of(key, partitions))
            )
    return sends


def _incident(message: Message, session: Session, names: list[str]) -> Incident:
    people = " and ".join(names)
    subjects = sorted({one.subject for one in session.grants})
    return Incident(
        incident_id=f"contradicted session {session.key}",
        kind="contradicted_session",
        urgency="high",
        account=account_of_arn(subjects[0]) if subjects else "-",
        summary=f"Records say that session {session.key} is of several people: {people}"[:500],
        details={"session": session.key, "people": people[:500], "subjects": ", ".join(subjects)[:1000]},
        place=f"{message.topic}:{message.partition}",
        offset=message.offset,
    )
