"""Two minutes without Elasticsearch: nobody waits for it, and afterwards every document is there once (I16)."""

import json
import time
import uuid

import pytest

from agents.decisions.audit.outside import Trouble
from agents.decisions.audit.terms import PAGED_MS
from agents.standins.thread import StandInThread
from streams.clock import wall_clock
from streams.embedded.reader import LogReader
from streams.records.case import ENDS
from tests.support.cloudtrail import call, stop_logging
from tests.support.elasticsearch import FakeElasticsearch
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges, read_journal
from tests.support.product import Product, now_text
from tests.support.whole import findings_of, whole_journal

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]

OUTAGE_S = 120
ROUND_S = 8
LIMITS = {"prompts_per_person_hour": 1000, "pages_per_account_hour": 4000}
CATCH_UP_S = 60


@pytest.fixture
def world(tmp_path):
    with StandInThread(tmp_path, journal=True) as hands:
        archive = FakeElasticsearch()
        hands.run(archive.start())
        product = Product(tmp_path, hands, elasticsearch={"url": archive.url}, limits=LIMITS)
        try:
            product.start()
            yield product, hands, archive
        finally:
            product.close()
            hands.run(archive.stop())


def fresh(make=call, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


def test_an_outage_delays_no_page_and_leaves_no_gap_and_no_double(world):
    product, hands, archive = world
    with BusyHands(product):
        before_s = max(story(product, f"before-{number}") for number in range(3))
        product.until(lambda: documents(archive) == wanted(product), CATCH_UP_S, "the archive is not filled")
        hands.run(archive.stop())  # refused connections, then errors
        began, began_ms = time.monotonic(), wall_clock()
        during_s = []
        while (passed_s := time.monotonic() - began) < OUTAGE_S:
            if passed_s > OUTAGE_S / 2 and archive.status is None:
                archive.status = 503
                hands.run(archive.start())
            during_s.append(story(product, f"during-{len(during_s)}"))
            time.sleep(max(0.0, began + len(during_s) * ROUND_S - time.monotonic()))
        product.until(lambda: settled(product), 30, "not every case came to its end without Elasticsearch")
        assert max(during_s) < before_s + 1.5, (before_s, during_s)
        assert len(documents(archive)) < len(wanted(product))
        trouble = Trouble("elasticsearch", began_ms, wall_clock())
        archive.status = None
        product.until(lambda: caught_up(product, archive), CATCH_UP_S, "the archive did not catch up")
    assert product.stop() == 0
    assert documents(archive) == wanted(product)
    with LogReader(product.log) as reader:
        exchanges = read_exchanges(product.folder.glob("*.jsonl"))
        journal = whole_journal(reader, product, exchanges, archive=archive, troubles=[trouble])
    assert findings_of(journal, product, paged_within_ms=PAGED_MS) == []
    assert journal.documents
    beyond = journal._replace(documents=journal.documents[1:])
    assert [one[:4] for one in findings_of(beyond, product)] == ["I16:"]


def story(product, name):
    """A question, a call that is only logged and an alert; how long the alert's page took in seconds."""
    product.feed(f"{name}-calls", [fresh(), fresh(eventName="CreateGroup")])
    began = time.monotonic()
    product.feed(f"{name}-alert", [fresh(stop_logging, requestParameters={"name": name})])
    product.until(lambda: any(name in json.dumps(one.details) for one in incidents(product)), 30, "no page came")
    return time.monotonic() - began


def incidents(product):
    return list(product.standins.pagerduty.incidents)


def settled(product):
    return all(case.state in ENDS for case in product.cases().values())


def wanted(product):
    """Every document that the log as it is now calls for, by kind."""
    with LogReader(product.log) as reader:
        journal = read_journal(reader)
    return {
        *(("calls", verdict.fingerprint) for verdict in journal.verdicts),
        *(("audit", f"{fact.case_id}-{fact.seq}") for fact in journal.facts),
        *(("cases", case_id) for case_id in journal.last()),
    }


def caught_up(product, archive):
    """No document is missing or too many, and every case is shown as it stands now."""
    shown = {case_id: version for (_, case_id), version in archive.versions.items()}
    newest = {case_id: case.seq for case_id, case in product.cases().items()}
    return shown == newest and documents(archive) == wanted(product)


def documents(archive):
    """What Elasticsearch holds; a document that stands in two indexes would stand here twice, as a fault."""
    kinds = ("calls", "audit", "cases")
    found = [
        (kind, name)
        for index, name in archive.documents
        for kind in kinds
        if index.startswith(f"countersign-{kind}")
    ]
    assert len(found) == len(set(found)) == len(archive.documents)
    return set(found)
