"""Bad input of every kind in one run: one outcome each, no delay for others, and no hiding place (I14, I21)."""

import gzip
import time
import uuid
from collections import Counter

import pytest

from agents.standins.thread import StandInThread
from streams.bridge.unreadable import ALONE_AN_HOUR
from streams.embedded.reader import LogReader
from streams.records.case import CaseKind
from streams.records.codec import from_wire
from streams.records.intake import Intake
from streams.records.verdict import VerdictFrame
from streams.topics import Topic
from tables.case_index import fingerprints_of
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call, compact, log_file, stop_logging
from tests.support.hands import BusyHands
from tests.support.journal import read_journal
from tests.support.product import ACCOUNT, Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180)]

QUIET = {"eventSource": "ec2.amazonaws.com", "eventName": "DescribeRegions"}
LIMITS = {"prompts_per_person_hour": 1000, "pages_per_account_hour": 4000}
PARAMETERS = b'"requestParameters":{"name":"main"}'
NAMES = {"eventSource", "eventName"}
HOUR_MS = 3_600_000
SECOND_MS = 1_000
"""So much may a bad record delay others of its partition (I14)."""


def fresh(make=stop_logging, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


def with_value(value):
    """A record with something bad among its request parameters."""
    return lambda record: record.replace(PARAMETERS, b'"requestParameters":{"name":' + value + b"}")


UNREADABLE = {
    "truncated_json": lambda record: record[:-40],
    "too_large": with_value(b'"' + b"x" * 300_000 + b'"'),
    "too_deep": with_value(b"[" * 10_000 + b"]" * 10_000),
    "not_a_number": with_value(b"NaN"),
    "lone_surrogate": with_value(b'"\\ud800"'),
    "not_utf8": with_value(b'"\xff\xfe"'),
    "number_out_of_range": with_value(b"1e999"),
    "duplicate_key": with_value(b'1,"name":2'),
    "invalid_json": with_value(b"[1,}"),
    "unknown_shape": lambda record: b'{"hello":' + record + b"}",
    "not_json": lambda record: b"hello " + record,
    "truncated_gzip": lambda record: gzip.compress(record)[:-9],
}
"""How a record becomes a body that cannot be read, by the reason that its dead letter gives."""

BY_QUEUE = ("truncated_json", "too_deep", "not_a_number", "lone_surrogate", "unknown_shape", "not_json")
"""What SQS takes: text of at most 256 KB."""

ONE_PART = ("truncated_gzip", "not_json")
"""What is a whole body or nothing: it cannot stand between two records of a log file."""
GOOD = 5 + 2 * (len(UNREADABLE) - len(ONE_PART))


def mistyped(make):
    """A record for each field, with a value of another type in it; and one with nothing right but the names."""
    whole = fresh(make)
    for field, value in whole.items():
        yield field, {**whole, "eventID": str(uuid.uuid4())} | {field: [value] if isinstance(value, str) else "7"}
    yield "everything", {name: value if name in NAMES else 7 for name, value in whole.items()}


@pytest.fixture
def world(tmp_path):
    with SnsToSqs() as queue, StandInThread(tmp_path, journal=True) as hands:
        feeds = [
            {"kind": "files", "name": "inbox", "path": str(tmp_path / "inbox"), "accounts": [ACCOUNT]},
            {
                "kind": "sqs",
                "name": "queue",
                "queue_url": queue.url,
                "endpoint_url": queue.endpoint,
                "topics": {queue.topic_arn: ACCOUNT},
            },
        ]
        product = Product(tmp_path, hands, feeds=feeds, limits=LIMITS)
        try:
            product.start(**queue.environ)
            yield product, queue
        finally:
            product.close()


def test_each_bad_input_has_one_outcome_and_delays_nobody(world):
    product, queue = world
    alone_s = max(paged_after_s(product, f"alone-{number}", lambda: None) for number in range(3))
    together_s = paged_after_s(product, "together", lambda: everything_bad(product, queue))
    assert together_s < alone_s + 1.5
    with BusyHands(product):
        product.feed("good", [fresh(call) for _ in range(5)])
        product.until(queue.is_empty, 30, "the queue was not read")
        product.until(lambda: settled(product), 60, "not everything came to its end")
    product.stop()
    with LogReader(product.log) as reader:
        journal = read_journal(reader)
        counted = counts(reader)
        took_ms = delays_ms(reader)
    alone_ms = max(took_ms[f"zz-alone-{number}.json"] for number in range(3))
    assert max(took_ms.values()) < alone_ms + SECOND_MS, took_ms
    assert counted["accepted"] == len(journal.calls)
    assert counted["dead_letter"] == len(journal.dead_letters)
    assert verified(journal.last().values()) == GOOD
    unreadable(journal, product)
    mistyped_calls(journal)


def everything_bad(product, queue):
    """All of it, by files and by the queue; each once in a call that nothing wants and once in a StopLogging."""
    for reason, spoil in UNREADABLE.items():
        product.drop(f"quiet-{reason}.json", spoil(compact(fresh(**QUIET))))
        product.drop(f"loud-{reason}.json", spoil(compact(fresh())))
        if reason not in ONE_PART:
            body = log_file(compact(fresh(call)), spoil(compact(fresh())), compact(fresh(call)))
            product.drop(f"middle-{reason}.json", body)
    for field, record in mistyped(stop_logging):
        product.drop(f"loud-type-{field}.json", compact(record))
    for field, record in mistyped(lambda **changes: stop_logging(**QUIET, **changes)):
        product.drop(f"quiet-type-{field}.json", compact(record))
    for reason in BY_QUEUE:
        queue.publish(UNREADABLE[reason](compact(fresh())).decode())
        queue.publish(UNREADABLE[reason](compact(fresh(**QUIET))).decode())


def paged_after_s(product, name, meanwhile):
    """How long a good alert takes from its file to its incident, with something else just before it."""
    record = fresh(requestParameters={"name": name})
    meanwhile()
    product.drop(f"zz-{name}.json", log_file(compact(record)))
    began = time.monotonic()
    product.until(lambda: any(name in str(one.details) for one in incidents(product)), 30, f"{name} was not paged")
    return time.monotonic() - began


def incidents(product):
    return list(product.standins.pagerduty.incidents)


def settled(product):
    """All good calls are verified, and nothing is left open."""
    cases = list(product.cases().values())
    return verified(cases) == GOOD and all(case.ended_ms is not None for case in cases)


def verified(cases):
    return sum(1 for case in cases if case.state == "verified" for _ in fingerprints_of(case))


def delays_ms(reader):
    """From the bridge's stamp of each call to the append of its verdict, by the log's times; by the file's name.

    Good calls stand between bad ones in one frame and one partition: what a bad one costs, they wait for.
    """
    found = {}
    for partition in range(reader.partitions(Topic.VERDICTS)):
        for message in reader.read(Topic.VERDICTS, partition, 0, 10_000):
            for verdict in from_wire(VerdictFrame, message.value).verdicts:
                name = place(verdict.position)
                found[name] = max(message.timestamp_ms - verdict.received_ms, found.get(name, 0))
    return found


def counts(reader):
    """What the bridges counted, over all feeds."""
    found = Counter()
    for partition in range(reader.partitions(Topic.INTAKE)):
        for message in reader.read(Topic.INTAKE, partition, 0, 10_000):
            found.update(from_wire(Intake, message.value).counts)
    return found


def unreadable(journal, product):
    """A dead letter each, with its reason; what names StopLogging pages, some alone; one low page for the rest."""
    letters = {place(letter.position): letter for letter in journal.dead_letters if letter.feed == "inbox"}
    cases = [case for case in journal.last().values() if case.kind is CaseKind.INCIDENT]
    high = [case for case in cases if case.incident.urgency == "high"]
    alone = {
        place(case.incident.details["position"]): case for case in high if "position" in case.incident.details
    }
    shared = [case for case in high if case.incident.details["feed"] == "inbox" and case not in alone.values()]
    hours = {letter.at_ms // HOUR_MS for letter in letters.values()}
    assert sum(case.incident.details["feed"] == "inbox" for case in alone.values()) <= ALONE_AN_HOUR * len(hours)
    assert shared
    for reason in UNREADABLE:
        assert letters[f"quiet-{reason}.json"].reason == reason
        assert f"quiet-{reason}.json" not in alone
        for where in ("loud",) if reason in ONE_PART else ("loud", "middle"):
            name = f"{where}-{reason}.json"
            assert letters[name].reason == reason, name
            assert letters[name].sensitive == ["cloudtrail.amazonaws.com:StopLogging"], name
            pages = [alone[name]] if name in alone else shared
            assert any(in_time(case, letters[name].at_ms) for case in pages), name
    queued = [letter for letter in journal.dead_letters if letter.feed == "queue"]
    assert Counter(letter.reason for letter in queued) == dict.fromkeys(BY_QUEUE, 2)
    assert sum(bool(letter.sensitive) for letter in queued) == len(BY_QUEUE)
    low = [case for case in cases if case.incident.urgency == "low"]
    hours = {(letter.feed, letter.at_ms // HOUR_MS) for letter in journal.dead_letters if not letter.sensitive}
    assert len(low) == len(hours)
    paged = sum(case.state == "paged" for case in low)
    assert sum(one.urgency == "low" for one in incidents(product)) == paged > 0


def mistyped_calls(journal):
    """A StopLogging with a wrong type anywhere pages as one; with a wrong name, as one that cannot be read."""
    holders = {mark.hex(): case for case in journal.last().values() for mark in fingerprints_of(case)}
    judged = {place(verdict.position): verdict for verdict in journal.verdicts}
    for field, _ in mistyped(stop_logging):
        if field not in NAMES:
            verdict = judged[f"loud-type-{field}.json"]
            case = holders[verdict.fingerprint]
            assert (verdict.action, case.state) == ("alert", "paged")
            assert in_time(case, verdict.received_ms)
    letters = {place(letter.position): letter for letter in journal.dead_letters}
    for name in NAMES:
        loud, quiet = letters[f"loud-type-{name}.json"], letters[f"quiet-type-{name}.json"]
        assert (loud.reason, quiet.reason) == ("unknown_shape", "unknown_shape")
        assert (loud.sensitive, quiet.sensitive) == (["cloudtrail.amazonaws.com:StopLogging"], [])


def in_time(case, from_ms):
    """Paged within 30 s."""
    return case.state == "paged" and case.page.accepted_ms - from_ms < 30_000


def place(position):
    """The file's name in a position of the files feed."""
    return position.partition("#")[0].rpartition("/")[2]
