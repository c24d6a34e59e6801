"""The watchdog: what it pages, how often, and that neither a disk nor a vendor ends it."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from agents.clients.outcome import Outcome, Standing
from agents.decisions.case.fold import PAGE_EVERY_MS
from agents.decisions.case.ids import dedup_key
from agents.decisions.overdue import PAGE_GRACE_MS
from agents.pipeline import tell_paged
from agents.supervisor.notes import Notes
from agents.supervisor.pulse import Pulse
from agents.supervisor.watchdog import BLIND_LOOKS, GRACE_AGAIN_LOOKS, GRACE_LOOKS, Watchdog
from streams.records.case import CaseState, PageState
from streams.records.codec import to_entry
from streams.records.command import Incident, PageAccepted, PushResult, PushStarted
from streams.records.effect import Page, Prompt, Push
from streams.records.timing import Limits
from streams.records.verdict import Action
from streams.topics import changelog
from tests.support.cases import Partition, call, click, of
from tests.support.gateway import Appended, MemoryReader, make_case

LATE_MS = PAGE_GRACE_MS + 1_000
FULL_DISK = Path("/dev/full")


class Log(MemoryReader):
    """The changelogs as a partition's cases and aggregates stand."""

    closed = 0

    def close(self):
        self.closed += 1

    def show(self, partition):
        for case in partition.shelf.cases.values():
            self.put(case)
        for aggregate in partition.shelf.aggregates.values():
            self.append(changelog("counters"), 0, aggregate.aggregate_id.encode(), to_entry(aggregate))


class PagerDuty:
    """Takes every page, but those whose summary `refuses` finds in it."""

    def __init__(self):
        self.sent = []
        self.refuses = lambda _content: False
        self.raises = None

    async def trigger(self, key, urgency, content):
        self.sent.append((key, urgency, content))
        if self.raises is not None:
            raised, self.raises = self.raises, None
            raise raised
        if self.refuses(content):
            return Outcome(Standing.REFUSED, reason="http_400")
        return Outcome(Standing.DONE, key)

    @property
    def keys(self):
        return [key for key, _, _ in self.sent]


@pytest.fixture
def partition():
    return Partition()


@pytest.fixture
def pagerduty():
    return PagerDuty()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def notes(tmp_path):
    return Notes(tmp_path / "notes")


def watchdog(log, pagerduty, notes, partition, late_ms=LATE_MS):
    return Watchdog(lambda: log, pagerduty, notes.write, lambda: partition.now_ms + late_ms)


def alerts(partition, count):
    for number in range(count):
        partition.send(call(number, None, Action.ALERT, rule=f"rule{number}"))
    return [dedup_key(case_id) for case_id in partition.shelf.cases]


async def test_what_is_late_is_paged_once_and_noted(log, pagerduty, notes, partition):
    keys = alerts(partition, 3)
    log.show(partition)
    dog = watchdog(log, pagerduty, notes, partition)
    for _ in range(3):
        await dog.look()
    assert sorted(pagerduty.keys) == sorted(keys)
    assert sorted(dedup_key(note.case_id) for note in notes.read()) == sorted(keys)
    assert pagerduty.sent[0][2].summary.endswith("(its page was not accepted in time)")


async def test_a_full_disk_keeps_no_page_back_and_its_notes_are_written_later(log, pagerduty, notes, partition):
    keys = alerts(partition, 5)
    log.show(partition)
    notes._path.symlink_to(FULL_DISK)
    dog = watchdog(log, pagerduty, notes, partition)
    for _ in range(3):
        await dog.look()
    assert sorted(pagerduty.keys) == sorted(keys)
    notes._path.unlink()
    await dog.look()
    assert sorted(dedup_key(note.case_id) for note in notes.read()) == sorted(keys)
    assert len(pagerduty.sent) == 5


async def test_a_page_that_fails_inside_keeps_no_other_back_and_is_tried_again(log, pagerduty, notes, partition):
    keys = alerts(partition, 3)
    log.show(partition)
    pagerduty.raises = RuntimeError("no thread left")
    dog = watchdog(log, pagerduty, notes, partition)
    await dog.look()
    assert len(notes.read()) == 2
    await dog.look()
    assert sorted(dedup_key(note.case_id) for note in notes.read()) == sorted(keys)


async def test_a_log_that_cannot_be_read_is_paged_given_back_and_read_again(log, pagerduty, notes, partition):
    keys = alerts(partition, 1)
    log.show(partition)
    log.broken = OSError("no space left")
    dog = watchdog(log, pagerduty, notes, partition)
    for _ in range(BLIND_LOOKS):
        await dog.look()
    (key,) = pagerduty.keys
    assert key.startswith("countersign-pipeline-")
    assert log.closed == BLIND_LOOKS
    log.broken = None
    await dog.look()
    assert pagerduty.keys[1:] == keys


async def test_an_incident_is_paged_by_its_own_urgency(log, pagerduty, notes, partition):
    (effect,) = partition.send(Incident("dead_letters", "dead_letters", "low", "-", "something could not be read"))
    log.show(partition)
    await watchdog(log, pagerduty, notes, partition).look()
    ((key, urgency, content),) = pagerduty.sent
    assert (key, urgency) == (effect.dedup_key, effect.urgency) == (effect.dedup_key, "low")
    assert content.summary.startswith(effect.summary)


def verified_and_contradicted(partition):
    partition.send(call(1))
    (case_id,) = partition.shelf.cases
    (prompt,) = of(Prompt, partition.due(case_id, after_ms=600_000))
    (push,) = of(Push, partition.send(click(prompt, "yes")))
    partition.send(PushStarted(case_id, push.attempt, "tx1"))
    partition.send(PushResult(case_id, push.attempt, "tx1", "allow"))
    partition.send(click(prompt, "no"))
    return partition.only()


async def test_a_contradiction_whose_page_nobody_takes_is_paged(log, pagerduty, notes, partition):
    case = verified_and_contradicted(partition)
    assert (case.state, case.page.accepted_ms) == (CaseState.VERIFIED, None)
    log.show(partition)
    # Hundreds ended since: the case is not among the last ones that the view keeps for people to see.
    for number in range(600):
        later_ms = (case.ended_ms or 0) + number + 1
        log.put(make_case(case_id=f"ended{number}", state=CaseState.VERIFIED, ended_ms=later_ms, deadline_ms=None))
    dog = watchdog(log, pagerduty, notes, partition)
    await dog.look()
    assert pagerduty.keys == [dedup_key(case.case_id)]
    (note,) = notes.read()
    partition.send(PageAccepted(note.case_id, note.attempt, by="watchdog"))
    assert (partition.only().state, partition.only().page.by) == (CaseState.VERIFIED, "watchdog")


async def test_a_contradiction_that_was_paged_is_left_alone(log, pagerduty, notes, partition):
    case = verified_and_contradicted(partition)
    log.show(partition)
    partition.send(PageAccepted(case.case_id, 1))
    log.show(partition)
    await watchdog(log, pagerduty, notes, partition).look()
    assert pagerduty.sent == []


def folded(partition, count):
    """So many alerts of one rule in an account whose ceiling is one page."""
    for number in range(count):
        partition.send(call(number, None, Action.ALERT, limits=Limits(pages_per_account_hour=1)))
    (aggregate,) = partition.shelf.aggregates.values()
    return aggregate


async def test_an_aggregate_whose_page_nobody_takes_is_paged_and_its_cases_end(log, pagerduty, notes, partition):
    aggregate = folded(partition, 2)
    log.show(partition)
    dog = watchdog(log, pagerduty, notes, partition)
    await dog.look()
    await dog.look()
    assert pagerduty.keys.count(dedup_key(aggregate.aggregate_id)) == 1
    assert len(set(pagerduty.keys)) == len(pagerduty.keys) == 2
    told = Appended()
    await tell_paged(notes, told)
    partition.send(*[command for _, _, command in told.commands])
    assert {case.state for case in partition.shelf.cases.values()} == {CaseState.PAGED, CaseState.REPORTED}


async def test_an_aggregate_that_pages_on_does_not_get_younger(log, pagerduty, notes, partition):
    aggregate = folded(partition, 3)
    log.show(partition)
    dog = Watchdog(lambda: log, pagerduty, notes.write, lambda: partition.now_ms)
    await dog.look()
    assert pagerduty.sent == []
    partition.due(aggregate.aggregate_id, "aggregate", after_ms=60_000)
    (again,) = partition.shelf.aggregates.values()
    assert again.sent_page == aggregate.sent_page + 1
    log.show(partition)
    await dog.look()
    assert dedup_key(aggregate.aggregate_id) in pagerduty.keys


async def test_hostile_text_is_cleaned_and_a_refused_page_goes_out_with_ids_only(log, pagerduty, notes, partition):
    partition.send(call(1, None, Action.ALERT, name="Stop\u202eLogging\x00"))
    log.show(partition)
    pagerduty.refuses = lambda content: content.details
    await watchdog(log, pagerduty, notes, partition).look()
    full, minimal = (content for _, _, content in pagerduty.sent)
    assert full.summary.startswith("StopLogging by ")
    assert minimal.details == {}
    assert len(notes.read()) == 1


async def test_a_title_that_is_too_long_still_says_what_was_missed(log, pagerduty, notes, partition):
    partition.send(call(1, None, Action.ALERT, name="N" * 3_000))
    log.show(partition)
    await watchdog(log, pagerduty, notes, partition).look()
    ((_, _, content),) = pagerduty.sent
    assert len(content.summary) == 1_024
    assert content.summary.endswith("(its page was not accepted in time)")


async def test_a_child_that_starts_gets_time_to_page_by_itself(log, pagerduty, notes, partition):
    alerts(partition, 1)
    log.show(partition)
    dog = watchdog(log, pagerduty, notes, partition)
    dog.child_starts()
    for _ in range(GRACE_LOOKS):
        await dog.look()
    assert pagerduty.sent == []
    await dog.look()
    assert len(pagerduty.sent) == 1


async def test_children_that_start_again_and_again_do_not_put_a_page_off(log, pagerduty, notes, partition):
    alerts(partition, 1)
    log.show(partition)
    dog = watchdog(log, pagerduty, notes, partition)
    for _ in range(GRACE_LOOKS + 1):
        dog.child_starts()
        await dog.look()
    assert len(pagerduty.sent) == 1


async def test_a_later_start_gets_its_time_again(log, pagerduty, notes, partition):
    dog = watchdog(log, pagerduty, notes, partition)
    dog.child_starts()
    for _ in range(GRACE_AGAIN_LOOKS):
        await dog.look()
    alerts(partition, 1)
    log.show(partition)
    dog.child_starts()
    await dog.look()
    assert pagerduty.sent == []


async def test_a_case_in_observe_is_never_paged(log, pagerduty, notes, partition):
    page = PageState("alert", partition.now_ms)
    log.put(msgspec.structs.replace(make_case(state=CaseState.VERIFIED), page=page, observe=True))
    await watchdog(log, pagerduty, notes, partition).look()
    assert pagerduty.sent == []


async def test_alerts_that_wait_for_an_aggregates_next_page_are_paged(log, pagerduty, notes, partition):
    aggregate = folded(partition, 2)
    accept_all(partition)
    for number in (2, 3):
        limits = Limits(pages_per_account_hour=1)
        partition.send(call(number, None, Action.ALERT, limits=limits), after_ms=1_000)
    (waiting,) = partition.shelf.aggregates.values()
    assert (waiting.waiting, waiting.sent_page, waiting.accepted_page) == (2, 1, 1)
    log.show(partition)
    await watchdog(log, pagerduty, notes, partition, late_ms=LATE_MS).look()
    assert pagerduty.sent == []
    for _ in range(2):
        await watchdog(log, pagerduty, notes, partition, late_ms=LATE_MS + PAGE_EVERY_MS).look()
    assert set(pagerduty.keys) == {dedup_key(aggregate.aggregate_id)}
    assert pagerduty.sent[0][2].summary.endswith("(its deadline passed and nothing happened)")
    assert {note.attempt for note in notes.read()} == {2}
    # The child that lives again hears of it, and sends the page itself all the same.
    told = Appended()
    await tell_paged(notes, told)
    partition.send(*[command for _, _, command in told.commands])
    partition.due(aggregate.aggregate_id, "aggregate", after_ms=60_000)
    accept_all(partition)
    assert {case.state for case in partition.shelf.cases.values()} == {CaseState.PAGED, CaseState.REPORTED}


def accept_all(partition):
    """PagerDuty takes every page that is out."""
    for effect in of(Page, partition.effects):
        partition.send(PageAccepted(effect.subject, effect.attempt))
    partition.effects.clear()


async def test_all_is_well_until_the_log_a_page_or_a_heartbeat_says_otherwise(log, pagerduty, notes, partition):
    dog = watchdog(log, pagerduty, notes, partition)
    assert not dog.well(), "it has not looked yet"
    await dog.look()
    assert dog.well()
    alerts(partition, 1)
    log.show(partition)
    pagerduty.refuses = lambda _content: True
    await dog.look()
    assert not dog.well(), "a page of the watchdog's own was not taken"
    pagerduty.refuses = lambda _content: False
    await dog.look()
    assert dog.well()
    log.broken = OSError("no space left")
    await dog.look()
    assert not dog.well()


async def test_silent_partitions_are_paged_once_and_late_cases_beside_them(log, pagerduty, notes, partition):
    keys = alerts(partition, 1)
    log.show(partition)
    pulse = Pulse(silent_s=0, first_silent_s=0)
    dog = Watchdog(lambda: log, pagerduty, notes.write, lambda: partition.now_ms + LATE_MS, pulse=pulse)
    await dog.look()
    for _ in range(3):
        await asyncio.sleep(0.01)
        await dog.look()
    pipeline = [content for key, _, content in pagerduty.sent if key.startswith("countersign-pipeline-")]
    assert [(page.summary, page.details) for page in pipeline] == [
        ("Countersign: no worker's heartbeat comes through", {"detail": "partitions [0, 1]"})
    ]
    assert [key for key in pagerduty.keys if key in keys] == keys
    assert not dog.well()


async def test_cases_that_cannot_be_read_are_paged_once_together_and_keep_no_other_back(
    log, pagerduty, notes, partition
):
    (key,) = alerts(partition, 1)
    log.show(partition)
    for case_id in (b"case-b", b"case-a"):
        log.append(changelog("cases"), 0, case_id, b"\x94 damaged")
    dog = watchdog(log, pagerduty, notes, partition)
    pagerduty.raises = RuntimeError("the first of these pages")
    for _ in range(3):
        await dog.look()
    told = [(about, content.summary) for about, _, content in pagerduty.sent if "cannot read" in content.summary]
    assert (
        told == [(told[0][0], "Countersign cannot read 2 of its cases: case-a, case-b")] * 2
    )  # and no third time
    assert key in pagerduty.keys
    assert dog.well()
    log.append(changelog("cases"), 0, b"case-c", b"\x94 damaged")
    pagerduty.refuses = lambda _content: True
    await dog.look()
    summaries = [content.summary for _, _, content in pagerduty.sent]
    assert "Countersign cannot read 1 of its cases: case-c" in summaries
    assert not dog.well(), "a page that PagerDuty does not take: the dead man's switch has to tell"


async def test_two_watchdogs_page_under_the_same_keys_and_a_second_note_changes_nothing(log, partition, tmp_path):
    alerts(partition, 1)
    log.show(partition)
    first, second = PagerDuty(), PagerDuty()
    for number, pagerduty in enumerate((first, second)):
        await watchdog(log, pagerduty, Notes(tmp_path / f"notes{number}"), partition).look()
    assert first.keys == second.keys
    (case,) = partition.shelf.cases.values()
    partition.send(PageAccepted(case.case_id, 1, by="watchdog"))
    paged = partition.only()
    partition.send(PageAccepted(case.case_id, 1, by="watchdog"))
    assert partition.only() == paged
