"""`countersign topics` on a real Kafka: what it says, what it mends, and what it leaves to people."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from agents.doctor.inputs import check_log
from streams.kafka.access import KafkaAccess
from streams.kafka.admin import KafkaAdmin
from streams.log.deviation import Mend
from streams.log.faults import LogUnusable, UnknownTopic
from streams.log.opening import check_topics, compare_topics, mend_topics, open_log_reader
from streams.settings.model import LogSettings
from streams.topics import plan
from tests.support.kafka import ON_KAFKA, KafkaServer, run_apart
from tests.support.logs import kafka_settings

pytestmark = ON_KAFKA

CHANGELOG = "countersign-cases-changelog"


@pytest.fixture
def log(kafka: KafkaServer) -> LogSettings:
    return kafka_settings(kafka)


def made(log: LogSettings, topic: str, partitions: int = 4, **settings: str) -> None:
    """A topic that somebody made by hand."""

    async def make() -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=log.url.removeprefix("kafka://"))
        await admin.start()
        configs = {name.replace("_", "."): value for name, value in settings.items()}
        await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])
        while topic not in await admin.list_topics():  # noqa: ASYNC110 - the broker has no event for it
            await asyncio.sleep(0.05)
        await admin.close()

    run_apart(make)


def state(log: LogSettings, topic: str) -> Any:
    async def ask() -> Any:
        async with KafkaAdmin(KafkaAccess(log)) as admin:
            return (await admin.states([topic])).get(topic)

    return run_apart(ask)


def countersign(log: LogSettings, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command itself, with a configuration for this log."""
    config = folder / "countersign.toml"
    config.write_text(
        f'[log]\nurl = "{log.url}"\npartitions = {log.partitions}\nreplication = {log.replication}\n'
        f"min_insync = {log.min_insync}\n"
    )
    command = [sys.executable, "-m", "agents.cli.main", *arguments, "--config", str(config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_on_an_empty_cluster_every_topic_is_missing_and_is_made(log: LogSettings):
    found = compare_topics(log)
    assert [each.topic for each in found] == [each.name for each in plan(4)]
    assert str(found[0]) == "topic calls is missing: run `countersign topics apply`"
    assert mend_topics(log) == []
    assert compare_topics(log) == []
    check_topics(log)


def test_what_is_made_is_what_the_pipeline_relies_on(log: LogSettings):
    assert mend_topics(log) == []
    calls, cases, story, beats = (
        state(log, name).settings for name in ("calls", CHANGELOG, "case-log", "heartbeats")
    )
    assert {each["message.timestamp.type"] for each in (calls, cases, story, beats)} == {"LogAppendTime"}
    assert (calls["cleanup.policy"], calls["retention.ms"]) == ("delete", str(14 * 86_400_000))
    assert (cases["cleanup.policy"], cases["min.compaction.lag.ms"]) == ("compact", "3600000")
    assert (story["cleanup.policy"], story["retention.ms"]) == ("delete", "-1")
    assert beats["retention.ms"] == "3600000"


def test_a_wrong_number_of_partitions_is_refused_and_never_changed(log: LogSettings):
    made(log, "commands", partitions=3)
    (left,) = mend_topics(log)
    assert (left.topic, left.found, left.wanted, left.mend) == ("commands", "3", "4", Mend.REFUSED)
    assert "topic commands: partitions is 3 and has to be 4: set log.partitions = 3" in str(left)
    assert state(log, "commands").partitions == 3


def test_a_changelog_without_compaction_is_named_and_mended(log: LogSettings):
    assert mend_topics(log) == []
    made_wrong = {"cleanup.policy": "delete", "compression.type": "zstd"}
    run_apart(lambda: _altered(log, CHANGELOG, made_wrong))
    found = [each for each in compare_topics(log) if each.what == "cleanup.policy"]
    assert [str(each) for each in found] == [
        f"topic {CHANGELOG}: cleanup.policy is delete and has to be compact: run `countersign topics apply`"
    ]
    assert mend_topics(log) == []
    assert state(log, CHANGELOG).settings["cleanup.policy"] == "compact"
    assert state(log, CHANGELOG).settings["compression.type"] == "zstd", "what is the operator's own stays"


async def _altered(log: LogSettings, topic: str, settings: dict[str, str]) -> None:
    async with KafkaAdmin(KafkaAccess(log)) as admin:
        await admin.alter(topic, settings)


def test_append_times_of_the_producers_are_named_and_mended(log: LogSettings):
    made(log, "calls", message_timestamp_type="CreateTime")
    said = [str(each) for each in compare_topics(log)]
    wrong = "topic calls: message.timestamp.type is CreateTime and has to be LogAppendTime: "
    assert f"{wrong}run `countersign topics apply`" in said
    assert mend_topics(log) == []
    assert state(log, "calls").settings["message.timestamp.type"] == "LogAppendTime"


def test_too_few_replicas_are_named_and_the_topic_stays_writable(log: LogSettings):
    assert mend_topics(log) == []
    wanted = LogSettings(url=log.url, partitions=4, replication=3, min_insync=2)
    left = mend_topics(wanted)
    assert {each.what for each in left} == {"replication", "min.insync.replicas"}
    assert {each.mend for each in left} == {Mend.REFUSED}
    assert "add replicas with `kafka-reassign-partitions.sh`" in str(left[0])
    assert state(log, "calls").settings["min.insync.replicas"] == "1"


def test_another_retention_is_a_change_of_the_topics_that_have_it(log: LogSettings):
    assert mend_topics(log) == []
    longer = LogSettings(url=log.url, partitions=4, replication=1, min_insync=1, retention_days=30)
    assert {(each.what, each.mend) for each in compare_topics(longer)} == {("retention.ms", Mend.CHANGE)}
    assert mend_topics(longer) == []


def test_what_is_kept_now_is_never_deleted_by_apply(log: LogSettings):
    """A topic of one of our names may be somebody else's, on a cluster that is theirs too."""
    made(log, "calls", **{"cleanup.policy": "compact"})
    found = [(each.topic, each.what, each.mend) for each in mend_topics(log)]
    assert found == [("calls", "cleanup.policy", Mend.REFUSED)]
    assert state(log, "calls").settings["cleanup.policy"] == "compact"


def test_a_shorter_retention_is_left_to_the_operator(log: LogSettings):
    assert mend_topics(log) == []
    shorter = LogSettings(url=log.url, partitions=4, replication=1, min_insync=1, retention_days=2)
    left = mend_topics(shorter)
    assert {(each.what, each.mend) for each in left} == {("retention.ms", Mend.REFUSED)}
    assert "kafka-configs.sh --alter --topic" in str(left[0])


def test_more_copies_than_brokers_is_a_fault_that_names_the_topic_and_the_setting(log: LogSettings):
    with pytest.raises(LogUnusable, match=r"topic calls: the cluster refuses: .*log\.replication is more than"):
        mend_topics(LogSettings(url=log.url, partitions=4))


def test_a_role_is_refused_in_one_line_by_topics_that_are_not_there(log: LogSettings):
    with pytest.raises(LogUnusable) as refused:
        check_topics(log)
    assert str(refused.value) == (
        f"{log.url}: topic calls is missing: run `countersign topics apply`"
        f" (and {len(plan(4)) - 1} more: `countersign topics plan` lists them)"
    )


def test_the_verbs_plan_and_apply_show_make_and_then_find_nothing(log: LogSettings, tmp_path: Path):
    planned = countersign(log, tmp_path, "topics", "plan", "-o", "json")
    assert planned.returncode == 1
    assert {row["topic"]: row["mend"] for row in json.loads(planned.stdout)}["calls"] == "create"
    applied = countersign(log, tmp_path, "topics", "apply")
    assert (applied.returncode, applied.stdout) == (0, "")
    assert "topic calls: created\n" in applied.stderr
    again = countersign(log, tmp_path, "topics", "plan")
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "the topics are as they have to be\n"


def test_apply_ends_with_1_and_names_what_it_left(log: LogSettings, tmp_path: Path):
    made(log, "verdicts", partitions=2)
    applied = countersign(log, tmp_path, "topics", "apply", "-o", "ndjson")
    assert applied.returncode == 1
    (left,) = [json.loads(line) for line in applied.stdout.splitlines()]
    assert (left["topic"], left["is"], left["has_to_be"], left["mend"]) == ("verdicts", "2", "4", "refused")


def test_looking_at_the_topics_makes_none_where_brokers_make_what_is_asked_for(tmp_path: Path):
    with KafkaServer(tmp_path / "kafka", **{"auto.create.topics.enable": "true"}) as server:
        log = kafka_settings(server)
        assert len(compare_topics(log)) == len(compare_topics(log)) == len(plan(4))
        with open_log_reader(log) as reader:
            with pytest.raises(UnknownTopic):
                reader.end_offset("calls", 0)
            assert reader.topics() == []


def test_a_broker_that_is_not_there_is_one_line_and_exit_4(tmp_path: Path):
    nobody = LogSettings(url="kafka://127.0.0.1:1", partitions=4, replication=1, min_insync=1)
    said = countersign(nobody, tmp_path, "topics", "plan")
    assert said.returncode == 4
    (line,) = said.stderr.splitlines()
    assert line.startswith("countersign topics: no broker answers at kafka://127.0.0.1:1: ")
    assert line.endswith("check that the brokers run, and what [log] in the configuration says of them")


def test_the_embedded_log_has_no_topics_to_make(tmp_path: Path):
    embedded = LogSettings(url="sqlite:///log.db")
    said = countersign(embedded, tmp_path, "topics", "apply")
    assert said.returncode == 2
    assert "the embedded log makes its own topics" in said.stderr


def test_the_doctor_looks_at_the_topics_of_a_log_on_kafka(log: LogSettings):
    assert check_log(log).detail.startswith("topic calls is missing")
    assert mend_topics(log) == []
    assert (check_log(log).ok, check_log(log).reached) == (True, True)
    nobody = LogSettings(url="kafka://127.0.0.1:1", partitions=4)
    assert (check_log(nobody).ok, check_log(nobody).reached) == (False, False)


def test_the_verbs_that_read_the_log_read_it_on_kafka(log: LogSettings, tmp_path: Path):
    assert mend_topics(log) == []
    assert countersign(log, tmp_path, "cases", "list", "-o", "json").stdout == "[]\n"
    assert countersign(log, tmp_path, "dlq", "list", "-o", "json").stdout == "[]\n"
