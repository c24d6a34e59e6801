"""`countersign audit` and `countersign auditor` beside a real run, and over its log when something is missing."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid

import pytest

from agents.standins.thread import StandInThread
from streams.embedded.schema import first_row
from streams.records.case import ENDS
from tests.support.cloudtrail import call, stop_logging
from tests.support.hands import BusyHands
from tests.support.product import Product, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def product(tmp_path):
    with StandInThread(tmp_path, journal=True) as hands:
        made = Product(tmp_path, hands)
        try:
            made.start()
            yield made
        finally:
            made.close()


def fresh(make=call, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


def countersign(product, *arguments):
    return [sys.executable, "-m", "agents.cli.main", *arguments, "--config", str(product.config)]


def audit(product, *arguments):
    run = subprocess.run(countersign(product, "audit", *arguments), capture_output=True, timeout=60, check=False)
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def settled(product, cases):
    found = product.cases().values()
    return len(found) >= cases and all(case.state in ENDS and not case.outbox for case in found)


def findings(product):
    code, out, err = audit(product, "-o", "json")
    rows = json.loads(out)
    assert code == (1 if any("finding" in row for row in rows) else 0), err
    return {(row["check"], row["finding"]) for row in rows if "finding" in row}


def test_a_real_run_has_no_findings_while_it_works_and_when_it_is_over(product):
    with BusyHands(product):
        product.feed("questions", [fresh(), fresh(), fresh(eventName="CreateAccessKey")])
        product.feed("alerts", [fresh(stop_logging)])
        product.drop("broken.json", b"\x1f\x8b not gzip after all")
        assert findings(product) == set()
        product.until(lambda: settled(product, 3), 60, "not every case ended")
        assert findings(product) == set()
    product.stop()
    code, out, err = audit(product)
    assert (code, "WRONG" in out) == (0, False), out
    assert "messages read; 0 calls on the way to an end" in err
    assert [line.split()[2] for line in out.splitlines() if line.startswith("I17")] == ["ok"]


@pytest.mark.parametrize(
    ("topic", "check"),
    [
        ("verdicts", "committed-is-readable"),
        ("countersign-cases-changelog", "cases-kept"),
        ("case-log", "no-gap"),
        ("commands", "committed-is-readable"),
    ],
)
def test_a_log_that_has_lost_a_topic_is_told(product, topic, check):
    with BusyHands(product):
        product.feed("calls", [fresh(), fresh(eventName="CreateAccessKey"), fresh(eventName="ListUsers")])
        product.until(lambda: settled(product, 1), 60, "not every case ended")
    product.stop()
    assert findings(product) == set()
    log = sqlite3.connect(product.log)
    with log:
        for (one,) in log.execute("SELECT id FROM partitions WHERE topic = ?", (topic,)).fetchall():
            log.execute("DELETE FROM messages WHERE id >= ? AND id < ?", (first_row(one), first_row(one + 1)))
    log.close()
    assert check in {name for name, _ in findings(product)}
    _, out, _ = audit(product)
    assert any("WRONG" in line and check in line for line in out.splitlines())


def test_the_auditor_pages_one_event_with_two_contents_once_and_leaves_when_told(product):
    output = (product.folder / "auditor.log").open("wb")
    auditor = subprocess.Popen(countersign(product, "auditor"), env=os.environ, stdout=output, stderr=output)
    try:
        first, second = fresh(), fresh()
        with BusyHands(product):
            for number, one in enumerate((first, second), start=1):
                product.feed(f"one-{number}", [one])
                product.feed(f"other-{number}", [one | {"sourceIPAddress": "192.0.2.99"}])
                product.until(lambda number=number: len(paged(product)) == number, 40, "the auditor did not page")
            product.until(lambda: settled(product, 1), 60, "not every case ended")
        assert [len(incident.events) for incident in paged(product)] == [1, 1]
        auditor.send_signal(signal.SIGTERM)
        assert auditor.wait(30) == 0
    finally:
        auditor.kill()
        auditor.wait(10)
        output.close()
    assert {name for name, _ in findings(product)} == {"one-content-an-event"}


def paged(product):
    incidents = product.standins.pagerduty.incidents
    return [one for one in incidents if one.dedup_key.startswith("countersign-audit-")]
