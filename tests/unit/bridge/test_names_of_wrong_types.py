"""A sensitive call whose name is no text is no call, and no hiding place: it pages as one that cannot be read."""

import gzip
import json

import pytest

from agents.rulebook.book import open_rulebook
from agents.sources import wanted_of
from streams.bridge.unreadable import ALONE_AN_HOUR
from tests.support import cloudtrail as ct
from tests.support.bridge import carry, deliveries
from tests.support.flow import policy
from tests.support.work import at_most_cpu_s

PACK = wanted_of(policy()._replace(rules=open_rulebook([]).ruleset))
WRONG = [7, -1.5, None, True, {}, {"eventname": 7}, {"x": "StopLogging"}, [], [7], [None]]
QUIET_SOURCE = "pricing.amazonaws.com"


async def pages(body: bytes) -> list[tuple[str, str]]:
    _, log = await carry(deliveries(body), wanted=PACK)
    assert len(log.dead_letters()) == 1
    return [(incident.kind, incident.urgency) for incident in log.incidents()]


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, ct.encoded, ct.event_bridge, ct.log_file, ct.sns])
@pytest.mark.parametrize("value", WRONG, ids=str)
async def test_a_stop_logging_whose_name_is_no_text_pages_high(value, wrap):
    record = ct.compact(ct.stop_logging() | {"eventName": value})
    assert await pages(wrap(record)) == [("unreadable_sensitive", "high")]


@pytest.mark.parametrize("value", WRONG, ids=str)
async def test_a_stop_logging_whose_source_is_no_text_pages_high(value):
    record = ct.compact(ct.stop_logging() | {"eventSource": value})
    assert await pages(record) == [("unreadable_sensitive", "high")]


@pytest.mark.parametrize("value", WRONG, ids=str)
async def test_a_name_of_a_wrong_type_beside_a_source_of_no_rule_pages_low(value):
    record = ct.compact(ct.call(eventSource=QUIET_SOURCE) | {"eventName": value})
    assert await pages(record) == [("dead_letters", "low")]


async def test_a_name_in_a_list_of_lists_is_still_a_name():
    record = ct.compact(ct.stop_logging(eventName=[[["StopLogging"]]]))
    assert await pages(record) == [("unreadable_sensitive", "high")]


async def test_a_name_that_is_cut_off_may_have_been_any():
    record = ct.compact(ct.stop_logging())
    cut = record[: record.index(b"StopLogging")]
    assert await pages(cut) == [("unreadable_sensitive", "high")]


async def test_it_says_what_it_knows_and_keeps_to_the_ration():
    bodies = [
        ct.compact(ct.stop_logging(eventName=7, requestParameters={"name": str(number)})) for number in range(20)
    ]
    _, log = await carry(*(deliveries(body) for body in bodies), wanted=PACK)
    assert len({incident.incident_id for incident in log.incidents()}) == ALONE_AN_HOUR + 1
    assert {tuple(letter.sensitive) for letter in log.dead_letters()} == {("cloudtrail.amazonaws.com:?",)}
    assert log.incidents()[0].summary == (
        "A call that cannot be read (unknown_shape) names cloudtrail.amazonaws.com:?"
    )


async def test_a_call_that_can_be_read_is_not_scanned_for_names_of_wrong_types():
    record = ct.compact(ct.call(requestParameters={"eventSource": "cloudtrail.amazonaws.com", "eventName": 7}))
    _, log = await carry(deliveries(record), wanted=PACK)
    assert (log.records(), log.dead_letters(), log.incidents()) == ([record], [], [])


async def test_a_flood_of_sources_with_no_name_costs_no_second():
    sources = [{"eventSource": f"none{number}.amazonaws.com", "eventName": number} for number in range(10_000)]
    body = json.dumps({"hello": sources}).encode()
    with at_most_cpu_s(5):
        assert await pages(body) == [("dead_letters", "low")]
