"""Rules and people on a real Kafka: what is published is taken up by bridges and workers that run."""

import json
import subprocess
import sys
import uuid

import pytest

from agents.standins.thread import StandInThread
from streams.log.opening import open_log_reader
from streams.topics import Topic
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call
from tests.support.cluster import Cluster
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges
from tests.support.product import ACCOUNT, FAST, now_text
from tests.support.team_rule import RULE
from tests.support.whole import findings_of, whole_journal

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(400)]

WITHIN_S = 45


@pytest.fixture
def world(tmp_path, kafka):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "team.yaml").write_text(RULE.format(action="log"))
    with StandInThread(tmp_path, journal=True) as hands, SnsToSqs() as queue:
        settings = {"feeds": [queue.feed(ACCOUNT)], "timing": FAST, "rules": {"paths": ["rules/"]}}
        cluster = Cluster(tmp_path, hands, kafka, queue.environ, **settings)
        try:
            yield cluster, queue
        finally:
            cluster.close()


def group_made(queue):
    made = call(eventID=str(uuid.uuid4()), eventTime=now_text(), eventName="CreateGroup")
    queue.publish(json.dumps({"Records": [made]}))


def records(cluster, topic):
    with open_log_reader(cluster.log_settings) as reader:
        return [
            json.loads(record.value)
            for part in range(reader.partitions(topic))
            for record in reader.read(topic, part, reader.begin_offset(topic, part), 5_000)
            if record.value
        ]


def verdicts(cluster):
    """One for each call: what a queue or a rebalance brings twice is told twice, and is one document."""
    told = [one for frame in records(cluster, Topic.VERDICTS) for one in frame["verdicts"]]
    return list({one["fingerprint"]: one for one in told}.values())


def publish_rules(cluster):
    command = [sys.executable, "-m", "agents.cli.main", "rules", "publish", "--config", str(cluster.config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)


def in_force(cluster):
    """The versions that the worker said it judged by, in order."""
    said = [one for one in records(cluster, Topic.RULES) if one["type"] == "announced" and one["role"] == "worker"]
    return list(dict.fromkeys(version for one in said for version in one["versions"]))


def test_what_is_published_is_taken_up_once_both_bridges_filter_by_it(world):
    cluster, queue = world
    cluster.start_roles("bridge", "bridge", "worker", "gateway")
    group_made(queue)
    cluster.until(lambda: len(verdicts(cluster)) == 1, WITHIN_S, "the first call was not logged")
    (cluster.folder / "rules" / "team.yaml").write_text(RULE.format(action="nitofy"))
    refused = publish_rules(cluster)
    assert (refused.returncode, "nitofy" in refused.stderr) == (3, True), refused
    assert len([one for one in records(cluster, Topic.RULES) if one["type"] == "published"]) <= 3
    (cluster.folder / "rules" / "team.yaml").write_text(RULE.format(action="notify"))
    done = publish_rules(cluster)
    assert done.returncode == 0, done.stderr
    cluster.until(lambda: len(in_force(cluster)) == 2, WITHIN_S, "the worker did not take it up")
    with BusyHands(cluster):
        group_made(queue)
        (case,) = cluster.ended(1)
    assert case.state == "verified"
    assert [(one["action"], one["rules_version"]) for one in verdicts(cluster)] == [
        (action, version) for action, version in zip(["log", "notify"], in_force(cluster), strict=True)
    ]
    again = publish_rules(cluster)
    assert (again.returncode, "already" in again.stderr) == (0, True), again
    for role in cluster.running():
        assert role.stop() == 0, role.tail()
    exchanges = read_exchanges(cluster.folder.glob("*.jsonl"))
    with open_log_reader(cluster.log_settings) as reader:
        journal = whole_journal(reader, cluster, exchanges, processes=[role.ended() for role in cluster.roles])
    assert findings_of(journal, cluster) == []


def test_a_worker_whose_files_are_others_goes_by_what_is_published_and_says_so(world):
    cluster, queue = world
    cluster.start_roles("bridge", "worker")
    cluster.running("worker")[0].stop()
    (cluster.folder / "rules" / "team.yaml").write_text(RULE.format(action="notify"))
    cluster.start_roles("worker")
    (worker,) = cluster.running("worker")
    assert "rules_differ" in worker.output.read_text()
    group_made(queue)
    cluster.until(lambda: len(verdicts(cluster)) == 1, WITHIN_S, "the call was not logged")
    assert [one["action"] for one in verdicts(cluster)] == ["log"]
