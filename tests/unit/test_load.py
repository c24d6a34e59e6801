"""The load generator: as alike to real trails as it claims, and the same for the same seed."""

from collections import Counter
from statistics import median

import msgspec
import pytest

from agents.decisions.judge import Policy, judge
from agents.people.loader import read_people
from agents.rulebook.book import load_rules
from benchmarks.load.profiles import SERVICES
from benchmarks.load.records import Arrival, Kind, Load, Mix
from streams.records.fingerprint import fingerprint
from streams.records.timing import Limits, Timing

START_MS = 1_767_600_000_000
NUMBER = 6_000


@pytest.fixture(scope="module")
def arrivals() -> list[Arrival]:
    return list(Load(5).arrivals(NUMBER, start_ms=START_MS, per_s=200))


def test_the_same_seed_gives_the_same_records(arrivals: list[Arrival]):
    assert list(Load(5).arrivals(NUMBER, start_ms=START_MS, per_s=200)) == arrivals
    assert list(Load(6).arrivals(NUMBER, start_ms=START_MS, per_s=200)) != arrivals


def test_sizes_and_shares_are_those_of_the_public_data(arrivals: list[Arrival]):
    sizes = [len(one.record) for one in arrivals]
    kinds = Counter(one.kind for one in arrivals)
    assert 1_200 < median(sizes) < 1_450
    assert max(sizes) < 8_000
    assert kinds[Kind.NOTIFY] / NUMBER == pytest.approx(0.05, abs=0.01)
    assert kinds[Kind.ALERT] / NUMBER == pytest.approx(0.01, abs=0.005)
    assert sum(one.copy for one in arrivals) / NUMBER == pytest.approx(0.2, abs=0.03)


def test_they_come_at_the_rate_that_was_asked_for(arrivals: list[Arrival]):
    assert [one.at_s for one in arrivals] == pytest.approx([number / 200 for number in range(NUMBER)])


def test_a_copy_is_the_same_call_however_it_is_written(arrivals: list[Arrival]):
    first = {fingerprint(msgspec.json.decode(one.record)): one for one in arrivals if not one.copy}
    copies = [one for one in arrivals if one.copy]
    assert len(first) == NUMBER - len(copies)
    originals = [first[fingerprint(msgspec.json.decode(one.record))] for one in copies]
    assert any(one.record == other.record for one, other in zip(copies, originals, strict=True))
    assert any(one.record != other.record for one, other in zip(copies, originals, strict=True))


def test_the_default_rules_make_of_them_what_they_are_meant_for(arrivals: list[Arrival]):
    directory = read_people("people.yaml", Load(5).staff.people_yaml())
    policy = Policy(load_rules([]), directory, Timing(), Limits(), lateness_ms=1, observe=False)
    made = Counter()
    for one in arrivals[:2_000]:
        decision = judge(msgspec.json.decode(one.record), account=None, policy=policy, received_ms=None).decision
        made[one.kind, str(decision.action) if decision else "quiet"] += 1
        assert one.kind is not Kind.NOTIFY or (decision is not None and decision.unaskable is None)
    assert {(kind, str(kind)) for kind in Kind} == set(made)


def test_a_mix_may_be_nothing_but_alerts():
    arrivals = list(Load(1, Mix(notify=0, alert=1, copies=0)).arrivals(50, start_ms=START_MS, per_s=1))
    assert {one.kind for one in arrivals} == {Kind.ALERT}
    assert not any(one.copy for one in arrivals)


def test_services_make_nine_calls_in_ten_of_their_profile():
    arrivals = list(Load(5, SERVICES).arrivals(2_000, start_ms=START_MS, per_s=200))
    identities = [msgspec.json.decode(one.record)["userIdentity"] for one in arrivals if one.kind is Kind.QUIET]
    share = sum("invokedBy" in one for one in identities) / len(identities)
    assert share == pytest.approx(0.9, abs=0.06)  # but for what Terraform writes


def test_a_terraform_run_writes_many_calls_of_one_person_in_a_row(arrivals: list[Arrival]):
    fields = [msgspec.json.decode(one.record) for one in arrivals if not one.copy]
    writes = [one for one in fields if not one["readOnly"] and "Terraform" in one["userAgent"]]
    callers = Counter(one["userIdentity"].get("arn") for one in writes)
    assert callers.most_common(1)[0][1] > 40
