"""The verdict of a chaos row: what the log, the stand-ins and the keeper say of a run, without Kafka."""

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from agents.decisions.audit.outside import Process
from tests.chaos.row import Row
from tests.chaos.verdict import judge
from tests.support.broken_runs import exchanges
from tests.support.flow import Flow, record

ROW = Row("none", "nothing happens", lambda _world: None, outage_s=3_600.0)


@pytest.fixture
def world(tmp_path, monkeypatch) -> SimpleNamespace:
    """A run of one log with a denied question and an alert, as `judge` finds it."""
    flow = Flow()
    flow.calls([record(1, "grace", "CreateUser"), record(2, "linus", "DeleteUser")])
    journal = flow.settle()
    monkeypatch.setattr("tests.chaos.verdict.open_log_reader", lambda _settings: nullcontext(flow.log))
    (tmp_path / "countersign.toml").write_text('[slack]\nbot_token = "xoxb-of-the-row"\n')
    requests = exchanges(journal)
    incidents = [
        SimpleNamespace(dedup_key=one.sent["dedup_key"], opened_ms=one.answered_ms, events=[1])
        for one in requests
        if one.service == "pagerduty"
    ]
    service = SimpleNamespace(requests=requests)
    documents = {
        **{("countersign-calls-1", verdict.fingerprint): {} for verdict in journal.verdicts},
        **{("countersign-audit-1", f"{fact.case_id}-{fact.seq}"): {} for fact in journal.facts},
        **{("countersign-cases-1", case_id): {} for case_id in journal.last()},
    }
    return SimpleNamespace(
        cluster=SimpleNamespace(log_settings=None, config=tmp_path / "countersign.toml"),
        standins=SimpleNamespace(
            all=[service],
            pagerduty=SimpleNamespace(incidents=incidents),
            slack=service,
            duo=SimpleNamespace(pushes=[]),
        ),
        keeper=SimpleNamespace(ended=[Process("worker", 0, told=True, took_s=2.0), Process("bridge", -9)]),
        archive=SimpleNamespace(documents=documents),
        trickle=SimpleNamespace(published={one.mark: one.received_ms for one in journal.calls}),
        troubles=[],
        findings=[],
    )


def test_a_run_that_kept_every_promise_has_no_findings_and_its_figures(world):
    verdict = judge(ROW, world, None, None)
    assert verdict.findings == []
    assert (verdict.calls, verdict.pages, verdict.exits) == (2, 2, {"bridge -9": 1})
    assert verdict.allowed_s == 3_630.0


def broke_down(world) -> None:
    world.keeper.ended.append(Process("worker", 1, lines=["Traceback (most recent call last):"]))


def told_a_secret(world) -> None:
    world.keeper.ended.append(Process("worker", -9, lines=["hello xoxb-of-the-row"]))


def lost_a_document(world) -> None:
    world.archive.documents.popitem()


def lost_a_call(world) -> None:
    world.trickle.published[b"x" * 32] = 1


def published_long_before(world) -> None:
    for mark in world.trickle.published:
        world.trickle.published[mark] -= 3_700_000


@pytest.mark.parametrize(
    ("spoil", "invariant"),
    [
        (broke_down, "I19"),
        (told_a_secret, "I17"),
        (lost_a_document, "I16"),
        (lost_a_call, "I1"),
        (published_long_before, "I4"),
    ],
)
def test_what_is_wrong_is_found(world, spoil: Callable[[SimpleNamespace], None], invariant: str):
    spoil(world)
    findings = judge(ROW, world, None, None).findings
    assert {one.partition(":")[0] for one in findings} == {invariant}
