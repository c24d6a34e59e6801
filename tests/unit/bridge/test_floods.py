"""Whoever may publish fills neither the night with pages nor the disk with dead letters, and hides nothing."""

import gzip
import json
from hashlib import sha256

from streams.bridge import unreadable
from streams.bridge.unreadable import Ration
from streams.feeds.feed import Batch, Delivery
from tests.support import cloudtrail as ct
from tests.support.bridge import BOUND, NOW_MS, carry, deliveries

HOUR_MS = 3_600_000
STOP = ct.compact(ct.stop_logging())
PAIR = "cloudtrail.amazonaws.com:StopLogging"
TEN = "unreadable-queue-2026-01-02T03:00"


def spoilt(name: str) -> bytes:
    """A StopLogging that cannot be read, for its repeated key."""
    return STOP[:-1] + b',"x":1,"x":"' + name.encode() + b'"}'


async def test_a_thousand_unreadable_calls_in_one_delivery_are_one_page_that_counts_them():
    body = ct.log_file(*[spoilt(str(number)) for number in range(1_000)])
    _, log = await carry(deliveries(gzip.compress(body)))
    (incident,) = log.incidents()
    assert (incident.kind, incident.urgency) == ("unreadable_sensitive", "high")
    assert incident.summary == f"1000 parts of one delivery that cannot be read (duplicate_key) name {PAIR}"
    assert (incident.details["parts"], incident.details["names"]) == ("1000", PAIR)
    assert len(log.dead_letters()) == log.counts()["dead_letter"] == 1_000


async def test_a_redelivery_is_the_same_page_whatever_stands_beside_it():
    bodies = [ct.log_file(spoilt("a"), spoilt("b")), b"garbage"]
    _, first = await carry(Batch([Delivery(bodies[0], "m1")]))
    _, again = await carry(Batch([Delivery(bodies[1], "m7"), Delivery(bodies[0], "m8")]))
    assert first.incidents()[0].incident_id in {incident.incident_id for incident in again.incidents()}


async def test_beyond_five_deliveries_an_hour_the_others_share_a_page_for_ten_minutes():
    bodies = [ct.log_file(spoilt(str(number))) for number in range(9)]
    _, log = await carry(*(deliveries(body) for body in [*bodies, *bodies]))
    ids = {incident.incident_id for incident in log.incidents()}
    assert len(ids) == unreadable.ALONE_AN_HOUR + 1
    (shared,) = [incident for incident in log.incidents() if incident.incident_id == TEN]
    assert shared.urgency == "high"
    assert PAIR in shared.summary
    assert {letter.position for letter in log.dead_letters() if letter.sensitive == [PAIR]} == {"m0#0"}


def test_a_ration_lasts_an_hour_and_counts_nothing_twice():
    ration = Ration()
    assert [ration.allows(name, NOW_MS) for name in "aabbcdefga"] == [True] * 7 + [False, False, True]
    assert ration.allows("f", NOW_MS + HOUR_MS)


async def test_an_unreadable_part_is_of_the_account_that_its_topic_speaks_for():
    claimed = ct.event_bridge(spoilt("a")).replace(ct.ACCOUNT.encode(), b"444455556666")
    _, log = await carry(deliveries(ct.sns(claimed)), binding=BOUND)
    assert [incident.account for incident in log.incidents()] == [ct.ACCOUNT]


async def test_the_dead_letters_of_one_delivery_keep_a_bounded_part_of_their_bodies():
    large = [spoilt("A" * 60_000 + str(number)) for number in range(520)]
    _, log = await carry(deliveries(gzip.compress(ct.log_file(*large)), spoilt("another")))
    letters = log.dead_letters()
    assert len(letters) == 521
    assert letters[0].body == large[0]
    assert sum(len(letter.body) for letter in letters[:520]) < 256 * 1024 + 520 * 200
    assert letters[519].body == large[519][:200]
    assert letters[519].detail.endswith(f"{len(large[519])} bytes, sha256 {sha256(large[519]).hexdigest()}")
    assert letters[519].sensitive == [PAIR]
    assert letters[520].body == spoilt("another")


async def test_names_that_a_record_invents_are_cut():
    record = ct.compact(ct.call(recipientAccountId="9" * 100_000))
    _, log = await carry(deliveries(record), binding=BOUND)
    (letter,), (incident,) = log.dead_letters(), log.incidents()
    assert len(letter.detail) <= 500
    assert len(json.dumps([incident.account, incident.summary, incident.details])) < 2_000
    assert max(map(len, log.counts())) < 100


async def test_a_cut_file_is_a_high_page_that_names_it_and_a_dead_letter():
    body = ct.log_file(ct.compact(ct.call()))
    _, log = await carry(Batch([Delivery(body, "/calls/a.json", file="a.json", cut_from=5 << 30)]))
    assert len(log.records()) == 1
    (incident,), (letter,) = log.incidents(), log.dead_letters()
    assert (incident.kind, incident.urgency) == ("file_cut", "high")
    assert (incident.details["file"], incident.details["bytes"]) == ("/calls/a.json", str(5 << 30))
    assert (letter.reason, letter.position) == ("file_cut", "/calls/a.json")
    assert log.counts()["dead_letter"] == 1


async def test_a_large_folder_of_garbage_is_appended_in_pieces():
    lines = b"".join(b'{"broken %d\n' % number for number in range(30_000))
    _, log = await carry(Batch([Delivery(lines, "a", file="a.ndjson")]))
    assert len(log.appends) > 1
    assert len(log.dead_letters()) == 30_000
