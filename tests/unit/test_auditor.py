"""The auditor: what it pages while the log goes on, once each, and what it does not page."""

import json
from collections import defaultdict

import msgspec
import pytest

from agents.audit.auditor import ALONE_AN_HOUR, BLIND_LOOKS, Auditor
from agents.clients.outcome import Outcome, Standing
from agents.decisions.audit.terms import SLACK_MS, Terms
from streams.records.codec import from_wire, to_wire
from streams.records.fact import Fact
from streams.topics import Topic, changelog
from tests.support.cases import T0
from tests.support.flow import BACKFILL, HOUR_MS, Flow, MemoryLog, record
from tests.support.frames import tampered

DAY_MS = 24 * HOUR_MS
QUESTION_MS = 120_000


class Log(MemoryLog):
    """The flow's log, as one that is opened and closed and has a clock."""

    def __init__(self, flow: Flow) -> None:
        super().__init__()
        self.messages = flow.log.messages
        self.ahead_ms = 0
        self.closed = 0
        self.fault: Exception | None = None
        self.clock = lambda: flow.now_ms + self.ahead_ms

    def read(self, topic, partition, offset, limit):
        if self.fault is not None:
            raise self.fault
        return super().read(topic, partition, offset, limit)

    def close(self) -> None:
        self.closed += 1


class PagerDuty:
    """Takes every page, or refuses all of them."""

    def __init__(self) -> None:
        self.sent = []
        self.deaf = False

    async def trigger(self, key, urgency, content):
        if self.deaf:
            return Outcome(Standing.UNKNOWN, reason="http_503")
        self.sent.append((key, content.summary))
        return Outcome(Standing.DONE, key)


class World:
    def __init__(self) -> None:
        self.flow = Flow()
        self.log = Log(self.flow)
        self.pagerduty = PagerDuty()
        self.auditor = self.another()

    def another(self, wanted=lambda _record, _received_ms: True) -> Auditor:
        terms = Terms(wanted=wanted)
        return Auditor(lambda: self.log, self.pagerduty, terms, keep_ms=14 * DAY_MS, case_keep_ms=2 * DAY_MS)

    def hide(self, *topics: str) -> None:
        """From here on the log has these topics empty."""
        shown = {topic: stored for topic, stored in self.flow.log.messages.items() if topic not in topics}
        self.log.messages = defaultdict(list, shown)

    async def looks(self, count: int = 2) -> list[str]:
        for _ in range(count):
            await self.auditor.look()
        return [summary for _, summary in self.pagerduty.sent]


@pytest.fixture
def world() -> World:
    return World()


async def test_a_run_that_ends_well_pages_nothing(world):
    world.flow.calls(
        [record(1, "ada", "CreateUser"), record(2, "grace", "CreateUser"), record(3, "ada", "TagUser")]
    )
    await world.auditor.look()
    world.flow.calls([record(4, "linus", "DeleteUser"), record(1, "ada", "CreateUser")])
    world.flow.settle()
    world.log.ahead_ms = HOUR_MS
    assert await world.looks() == []
    assert world.auditor.sizes()["calls without an end"] == 0


async def test_a_call_whose_case_never_ends_is_paged_once_after_its_deadline_and_the_slack(world):
    world.flow.calls([record(1, "ada", "CreateUser")])
    world.log.ahead_ms = QUESTION_MS + SLACK_MS
    assert await world.looks() == []
    world.log.ahead_ms += 1
    (summary,) = await world.looks(3)
    assert "its case has not ended" in summary


async def test_a_call_that_nothing_was_decided_about_is_paged(world):
    world.flow.calls([record(1, "ada", "CreateUser")])
    world.hide(Topic.VERDICTS, changelog("cases"))
    world.log.ahead_ms = SLACK_MS
    assert await world.looks() == []
    world.log.ahead_ms += 1
    (summary,) = await world.looks()
    assert "nothing was decided about it" in summary


async def test_a_call_that_no_rule_fires_on_is_not_paged(world):
    world.flow.calls([record(1, "ada", "ListUsers")])
    world.auditor = world.another(lambda kept, _: msgspec.json.decode(kept)["eventName"] != "ListUsers")
    await world.auditor.look()
    world.log.ahead_ms = HOUR_MS
    assert await world.looks() == []
    late_starter = world.another(lambda kept, _: msgspec.json.decode(kept)["eventName"] != "ListUsers")
    world.auditor = late_starter
    assert await world.looks() == []


async def test_a_call_that_became_a_dead_letter_has_its_end(world):
    framed = Flow()
    framed.calls([{"eventName": 1}, record(1, "ada", "TagUser")])
    value = framed.log.messages["calls"][0].value
    spoilt = tampered(value, b'{"eventName": 1}', b'"\\ud800 spoils its frame"')
    broken = tampered(value, b'{"eventName": 1}', b'"is no record"')
    world.flow.append("calls", b"k", spoilt)
    world.flow.append("calls", b"k", broken)
    world.flow.settle()
    world.log.ahead_ms = HOUR_MS
    assert await world.looks() == []
    world.auditor = world.another()
    world.hide(Topic.DEAD_LETTERS)
    assert len(await world.looks()) == 2


async def test_one_event_with_two_contents_is_paged(world):
    world.flow.calls([record(1, "ada", "TagUser")])
    assert await world.looks() == []
    other = record(1, "ada", "TagUser") | {"sourceIPAddress": "192.0.2.99"}
    world.flow.calls([other])
    world.flow.calls([other])
    (summary,) = await world.looks()
    assert "has the eventID of another call" in summary


async def test_the_same_event_in_two_accounts_is_two_calls(world):
    world.flow.calls([record(1, "ada", "TagUser")])
    world.flow.calls([record(1, "ada", "TagUser") | {"recipientAccountId": "444455556666"}])
    assert await world.looks() == []


async def test_two_contents_under_one_seq_are_paged(world):
    world.flow.calls([record(1, "linus", "DeleteUser")])
    world.flow.settle()
    assert await world.looks() == []
    stored = world.flow.log.messages[Topic.CASE_LOG][0]
    world.flow.log.append(Topic.CASE_LOG, stored.key, stored.value, T0)
    assert await world.looks() == []
    fact = msgspec.structs.replace(from_wire(Fact, stored.value), at_ms=1)
    world.flow.log.append(Topic.CASE_LOG, stored.key, to_wire(fact), T0)
    (summary,) = await world.looks()
    assert f"case {fact.case_id} has two contents under seq 1" in summary


async def test_a_page_that_is_not_taken_is_tried_again(world):
    world.flow.calls([record(1, "ada", "CreateUser")])
    world.log.ahead_ms = HOUR_MS
    world.pagerduty.deaf = True
    assert await world.looks() == []
    world.pagerduty.deaf = False
    assert len(await world.looks()) == 1


async def test_two_auditors_page_under_the_same_key(world):
    world.flow.calls([record(1, "ada", "CreateUser")])
    world.log.ahead_ms = HOUR_MS
    await world.looks()
    world.auditor = world.another()
    await world.looks()
    first, second = (key for key, _ in world.pagerduty.sent)
    assert first == second


async def test_a_flood_of_findings_shares_a_page(world):
    world.flow.calls([record(1, "ada", "TagUser")])
    await world.looks()
    flood = [record(1, "ada", "TagUser") | {"sourceIPAddress": f"192.0.2.{number}"} for number in range(60)]
    world.flow.calls(flood)
    summaries = await world.looks()
    assert len(summaries) == ALONE_AN_HOUR + 1
    assert f"more than {ALONE_AN_HOUR} findings an hour" in summaries[-1]


async def test_a_log_that_cannot_be_read_is_paged_once_and_read_from_its_beginning_afterwards(world):
    world.flow.calls([record(1, "ada", "CreateUser")])
    await world.looks()
    world.log.fault = OSError("the disk is gone")
    world.flow.calls([record(2, "ada", "TagUser")])
    (summary,) = await world.looks(2 * BLIND_LOOKS)
    assert "cannot read the log" in summary
    assert world.auditor.trouble() is not None
    world.log.fault = None
    world.flow.settle()
    world.log.ahead_ms = HOUR_MS
    assert await world.looks() == [summary]
    assert world.auditor.trouble() is None


async def test_a_message_that_is_none_of_ours_does_not_pass_for_a_look(world):
    world.flow.log.append(Topic.VERDICTS, b"k", json.dumps({"verdicts": 7}).encode(), T0)
    assert await world.looks(1) == []
    assert "cannot read" in world.auditor.trouble()


async def test_what_the_log_keeps_no_longer_is_forgotten(world):
    world.flow.calls([record(number, "ada", "TagUser") for number in range(50)])
    world.flow.calls([record(99, "linus", "DeleteUser")])
    world.flow.settle()
    await world.looks()
    assert world.auditor.sizes()["calls"] == 51
    world.hide(*world.flow.log.messages)
    world.log.ahead_ms = 15 * DAY_MS
    await world.looks()
    assert world.auditor.sizes() == {"calls without an end": 0, "calls": 0, "events": 0, "facts": 0}


async def test_a_call_whose_case_was_swept_before_the_auditor_began_is_left_alone(world):
    world.flow.calls([record(1, "linus", "DeleteUser")])
    world.flow.settle()
    world.hide(changelog("cases"))
    world.log.ahead_ms = 3 * DAY_MS
    assert await world.looks() == []


async def test_a_copy_of_a_call_that_ended_long_ago_is_not_open(world):
    world.flow.calls([record(1, "linus", "DeleteUser")])
    world.flow.settle()
    await world.looks()
    world.flow.calls([record(1, "linus", "DeleteUser")], BACKFILL)
    world.log.ahead_ms = HOUR_MS
    assert await world.looks() == []
