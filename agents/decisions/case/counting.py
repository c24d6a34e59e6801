"""Counting: an incident stands for every further record that meets the same fault, and its page says how many."""

import msgspec

from agents.decisions.case.draft import Draft
from streams.records.case import EffectKind, IncidentNote
from streams.records.case_head import AnyCase
from streams.records.command import Incident
from streams.records.fact import FactKind

COUNT = "count"
"""The `effect` of a Due that asks for a page with the newest count."""
TELL_EVERY_MS = 60_000
MAX_NAMES = 20


def note_of(command: Incident) -> IncidentNote:
    """What the incident's case keeps of the command that opens it."""
    return IncidentNote(
        command.kind,
        command.summary,
        command.urgency,
        command.details,
        count=command.count,
        told=command.count,
        names=command.names[:MAX_NAMES],
        counted={command.place: command.offset} if command.place else {},
    )


def count(draft: Draft, command: Incident) -> None:
    """Add the records of an incident whose case is open or ended already; those it knows are not counted again."""
    note = draft.case.incident
    if note is None or not command.place or command.offset <= note.counted.get(command.place, -1):
        return
    more = msgspec.structs.replace(
        note,
        count=note.count + command.count,
        names=list(dict.fromkeys([*note.names, *command.names]))[:MAX_NAMES],
        counted={**note.counted, command.place: command.offset},
    )
    draft.change(incident=more)
    tell(draft)


def tell(draft: Draft) -> None:
    """Send the page once more, under the same dedup_key, where it has counted fewer; at most once a minute."""
    note, tell_ms = draft.case.incident, telling_ms(draft.case)
    if note is None or tell_ms is None or draft.now_ms < tell_ms:
        return
    draft.change(incident=msgspec.structs.replace(note, told=note.count, told_ms=draft.now_ms))
    draft.fact(FactKind.CALLS_ADDED, count=note.count - note.told, total=note.count)
    draft.intend(EffectKind.PAGE, draft.case.seq)


def telling_ms(case: AnyCase) -> int | None:
    """When the page may be sent with a newer count; None where it has none, or is under way."""
    note = case.incident
    if note is None or case.page is None or note.count == note.told:
        return None
    if any(item.kind is EffectKind.PAGE for item in case.outbox):
        return None
    return (note.told_ms or case.page.emitted_ms) + TELL_EVERY_MS
