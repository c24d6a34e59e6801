"""The audit on a real Kafka: a run of several processes has no findings, and the auditor pages beside it."""

import json
import subprocess
import sys
import uuid

import pytest

from agents.standins.thread import StandInThread
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call, stop_logging
from tests.support.cluster import Cluster
from tests.support.hands import BusyHands
from tests.support.product import ACCOUNT, FAST, now_text

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]

ROLES = ("bridge", "worker", "worker", "gateway", "watchdog", "auditor")


@pytest.fixture
def world(tmp_path, kafka):
    with StandInThread(tmp_path) as hands, SnsToSqs() as queue:
        feeds = [queue.feed(ACCOUNT)]
        cluster = Cluster(tmp_path, hands, kafka, queue.environ, feeds=feeds, timing=FAST)
        try:
            yield cluster, queue
        finally:
            cluster.close()


def fresh(make=call, **changes):
    return make(eventID=str(uuid.uuid4()), eventTime=now_text(), **changes)


def publish(queue, *records):
    queue.publish(json.dumps({"Records": list(records)}))


def findings(cluster):
    command = [sys.executable, "-m", "agents.cli.main", "audit", "-o", "json", "--config", str(cluster.config)]
    run = subprocess.run(command, capture_output=True, timeout=120, check=False)
    rows = json.loads(run.stdout)
    assert run.returncode == int(any("finding" in row for row in rows)), run.stderr.decode()
    return [(row["check"], row["finding"]) for row in rows if "finding" in row]


def paged(cluster):
    incidents = cluster.standins.pagerduty.incidents
    return [one for one in incidents if one.dedup_key.startswith("countersign-audit-")]


def test_a_run_on_kafka_has_no_findings_and_the_auditor_pages_one_event_with_two_contents(world):
    cluster, queue = world
    cluster.start_roles(*ROLES)
    with BusyHands(cluster):
        publish(queue, fresh(), fresh(eventName="CreateAccessKey"))
        publish(queue, fresh(stop_logging))
        cluster.ended(2, wait_s=60)
        assert findings(cluster) == []
        assert paged(cluster) == []
        one = fresh()
        publish(queue, one)
        publish(queue, one | {"sourceIPAddress": "192.0.2.99"})
        cluster.until(lambda: paged(cluster), 60, "the auditor did not page")
        cluster.ended(3, wait_s=60)
    for auditor in cluster.running("auditor"):
        assert auditor.stop() == 0
    assert {name for name, _ in findings(cluster)} == {"one-content-an-event"}
    assert [len(incident.events) for incident in paged(cluster)] == [1]
