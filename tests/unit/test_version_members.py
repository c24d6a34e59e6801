"""The processes on Kafka around one log in memory: what they filter and judge by, and what they say."""

from types import SimpleNamespace

import msgspec
import pytest

from agents.policy import Sources, build
from agents.versions import bridging as bridges
from agents.versions.bridging import Bridging
from agents.versions.in_force import InForce
from agents.versions.judging import KeptJudging
from agents.versions.member import Member
from agents.versions.publishing import publication, publish
from agents.versions.rules_log import RulesLog
from streams.clock import wall_clock
from streams.log.record import Record
from streams.records.codec import to_wire
from streams.records.publication import SourceText
from streams.settings.load import survey
from streams.topics import Topic

RULE = """
id: team.{id}
title: Something was made
action: alert
because: it matters
match: {{eventSource: [team.amazonaws.com], eventName: [{name}]}}
tests: [{{name: made, event: {{eventSource: team.amazonaws.com, eventName: {name}}}, expect: alert}}]
"""
SETTINGS = survey(None, {}).settings


class MemoryLog:
    """Topic `rules` in memory: an appender and a reader in one."""

    def __init__(self):
        self.records = []

    async def append(self, sends):
        for send in sends:
            assert send.topic == Topic.RULES
            offset = len(self.records)
            self.records.append(Record(send.topic, 0, offset, wall_clock(), send.key, send.value))

    def begin_offset(self, _topic, _partition):
        return 0

    def end_offset(self, _topic, _partition):
        return len(self.records)

    def read(self, _topic, _partition, offset, limit):
        return self.records[offset : offset + limit]


def judging(*names, people=None):
    texts = [SourceText(f"{name}.yaml", RULE.format(id=name.lower(), name=name)) for name in names]
    return build(SETTINGS, Sources(texts, SourceText("people.yaml", people) if people else None))


def made(name):
    return {"eventSource": "team.amazonaws.com", "eventName": name}


@pytest.fixture
def log():
    return MemoryLog()


@pytest.fixture
def incidents():
    return []


def bridging(log, own):
    return Bridging(Member(SETTINGS, own, RulesLog(log), log))


def worker(log, own, incidents):
    async def report(_partition, _key, incident):
        incidents.append(incident)

    in_force = InForce(own)
    member = Member(SETTINGS, own, RulesLog(log), log)
    return SimpleNamespace(rules=KeptJudging(SETTINGS, member, in_force, report), in_force=in_force, member=member)


async def turn(one):
    await (one.turn() if isinstance(one, Bridging) else one.rules._turn())


async def test_the_first_process_publishes_what_its_files_say_and_others_go_by_that(log, incidents):
    first, other = judging("One"), judging("Two")
    bridge, one = bridging(log, first), worker(log, other, incidents)
    await bridge.begin()
    await one.rules.begin()
    assert one.in_force.policy().version == first.policy.version
    assert bridge.filter.may_match(made("One"))
    assert not bridge.filter.may_match(made("Two"))


async def test_a_bridge_lets_everything_through_until_it_has_begun(log):
    bridge = bridging(log, judging("One"))
    assert bridge.filter.may_match(made("Two"))
    await bridge.begin()
    assert not bridge.filter.may_match(made("Two"))


async def test_a_bridge_whose_log_does_not_answer_is_not_ready(log, monkeypatch):
    bridge, now_ms = bridging(log, judging("One")), [1_000]
    monkeypatch.setattr(bridges, "uptime_ms", lambda: now_ms[0])
    await bridge.begin()
    now_ms[0] += 30_000
    assert bridge.silent() is None
    now_ms[0] += 2_000
    assert bridge.silent() == "the log has not answered for 32 s"
    await bridge.turn()
    assert bridge.silent() is None


async def test_the_next_version_is_filtered_by_first_and_judged_by_then(log, incidents):
    bridge, one = bridging(log, judging("One")), worker(log, judging("One"), incidents)
    await bridge.begin()
    await one.rules.begin()
    following = judging("Two", people="people: []")
    await log.append(publish(publication(following, wall_clock())))
    await turn(one)
    assert one.in_force.policy().version != following.policy.version
    await turn(bridge)
    assert bridge.filter.may_match(made("One"))
    assert bridge.filter.may_match(made("Two"))
    assert bridge.filter.rules_version == following.policy.version
    await turn(one)
    assert one.in_force.policy().version == following.policy.version
    assert incidents == []


async def test_a_worker_waits_for_no_bridge_that_has_left(log, incidents):
    bridge, one = bridging(log, judging("One")), worker(log, judging("One"), incidents)
    await bridge.begin()
    await one.rules.begin()
    await bridge.leave()
    following = judging("Two")
    await log.append(publish(publication(following, wall_clock())))
    await turn(one)
    assert one.in_force.policy().version == following.policy.version


async def test_a_version_that_cannot_be_built_here_is_kept_out_let_through_and_said_once(log, incidents):
    bridge, one = bridging(log, judging("One")), worker(log, judging("One"), incidents)
    await bridge.begin()
    await one.rules.begin()
    before = one.in_force.policy().version
    foreign = msgspec.structs.replace(publication(judging("Two"), wall_clock()), version="another", product="999")
    await log.append(publish(foreign))
    for _ in range(3):
        await turn(bridge)
        await turn(one)
    assert one.in_force.policy().version == before
    assert bridge.filter.may_match(made("Three"))
    assert [(incident.kind, incident.urgency) for incident in incidents] == [("rules_unusable", "low")]
    assert "release 999" in incidents[0].summary


async def test_a_release_with_another_pack_makes_the_next_version_from_the_same_texts(log, incidents):
    older = msgspec.structs.replace(publication(judging("Two"), wall_clock()), version="older", product="0.0.0")
    await log.append(publish(older))
    one = worker(log, judging("One"), incidents)
    await one.rules.begin()
    assert one.in_force.policy().version == judging("Two").policy.version
    assert [one.version for one in one.member.known.published] == ["older", judging("Two").policy.version]


async def test_frames_of_a_version_that_nobody_published_are_said_after_a_minute(log, incidents, monkeypatch):
    now = {"ms": 1_000_000}
    for module in ("in_force", "judging", "member"):
        monkeypatch.setattr(f"agents.versions.{module}.uptime_ms", lambda: now["ms"])
    one = worker(log, judging("One"), incidents)
    await one.rules.begin()
    for _ in range(5):
        one.in_force.stamp("strange")
        one.in_force.stamp(judging("One").policy.version)
        await turn(one)
        now["ms"] += 20_000
    assert [incident.kind for incident in incidents] == ["rules_unknown"]


async def test_a_record_that_cannot_be_read_is_passed_over(log, incidents):
    log.records.append(Record(Topic.RULES, 0, 0, wall_clock(), b"version/x", b"{"))
    log.records.append(Record(Topic.RULES, 0, 1, wall_clock(), b"version/y", to_wire({"type": "other"})))
    one = worker(log, judging("One"), incidents)
    await one.rules.begin()
    assert one.in_force.policy().version == judging("One").policy.version


def test_old_versions_are_let_go_of_and_never_the_one_that_is_published():
    published = publication(judging("One"), 0)
    before = [f"v{number}" for number in range(30)] + [published.version]
    sends = publish(published, before)
    assert [send.key for send in sends if send.value is None] == [
        f"version/v{n}".encode() for n in range(10, -1, -1)
    ]


def test_a_version_names_rules_and_people_together_and_no_comments():
    with_people = judging("One", people="people: [{id: ada, name: Ada}]")
    assert with_people.policy.version.startswith(f"{judging('One').policy.version}-")
    commented = judging("One", people="people: [{name: Ada, id: ada}]  # she")
    assert commented.policy.version == with_people.policy.version
    assert judging("One", people="people: [{id: eve, name: Eve}]").policy.version != with_people.policy.version
