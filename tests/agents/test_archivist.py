"""Archivist: everything arrives once, whatever Elasticsearch does in between."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from agents.archivist import GROUP, Archivist
from agents.clients.elasticsearch import ElasticsearchClient
from agents.clients.outcome import Standing
from agents.clients.patience import Patience
from agents.documents.entry import CASES
from agents.documents.fact import fact_document
from streams.records.case import CaseState
from streams.records.codec import from_wire, to_entry, to_wire
from streams.records.fact import Fact, FactKind
from streams.records.verdict import VerdictFrame
from tests.support.archive import MemoryLog, a_case, a_verdict
from tests.support.elasticsearch import FakeElasticsearch
from tests.support.vendors import NOW_MS, rng


@pytest.fixture
async def elastic():
    elastic = FakeElasticsearch()
    await elastic.start()
    yield elastic
    await elastic.stop()


@pytest.fixture
async def client(elastic):
    client = ElasticsearchClient(url=elastic.url, api_key="key", timeout_s=1)
    yield client
    await client.close()


@pytest.fixture
def log():
    return MemoryLog()


def fact(seq: int) -> bytes:
    return to_wire(Fact("CASE", seq, NOW_MS, FactKind.OPENED, seq, "person/ada", {"n": seq}))


def frame(*numbers: int) -> bytes:
    return to_wire(VerdictFrame([a_verdict(fingerprint=f"{number:064x}") for number in numbers]))


@asynccontextmanager
async def running(log, client):
    archivist = Archivist(
        tail=log,
        client=client,
        owned=lambda: range(2),
        rng=rng(),
        waits=Patience(base_s=0.01, cap_s=0.05),
        idle_s=0.01,
    )
    task = asyncio.create_task(archivist.run())
    try:
        yield archivist
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(ready) -> None:
    async with asyncio.timeout(5):
        while not ready():  # noqa: ASYNC110 - it waits for anything a caller can name
            await asyncio.sleep(0.005)


async def test_calls_facts_and_cases_arrive_and_offsets_follow(log, elastic, client):
    log.append("verdicts", 0, frame(1, 2))
    log.append("verdicts", 1, frame(3))
    log.append("case-log", 0, fact(1), fact(2))
    log.append(CASES, 1, to_entry(a_case(seq=1, state=CaseState.WAITING)), to_entry(a_case(seq=2)), None)
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, CASES, 1)) == 3)
        await until(lambda: log.offsets.get((GROUP, "verdicts", 1)) == 1)
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 2)
    assert len(elastic.of("countersign-calls")) == 3
    assert set(elastic.of("countersign-audit")) == {"CASE-1", "CASE-2"}
    (case,) = elastic.of("countersign-cases").values()
    assert case["countersign"]["state"] == "verified"
    assert set(elastic.templates) == {"countersign-calls", "countersign-audit", "countersign-cases"}


async def test_reading_again_changes_nothing_and_an_older_case_does_not_win(log, elastic, client):
    log.append("case-log", 0, fact(1))
    log.append(CASES, 0, to_entry(a_case(seq=5)))
    async with running(log, client):
        await until(lambda: elastic.of("countersign-audit") and elastic.of("countersign-cases"))
        await until(lambda: (GROUP, CASES, 0) in log.offsets)
    before = dict(elastic.documents)
    log.offsets.clear()
    log.append(CASES, 0, to_entry(a_case(seq=4, state=CaseState.WAITING)))
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, CASES, 0)) == 2)
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 1)
    assert elastic.documents == before


async def test_an_outage_leaves_neither_gap_nor_double(log, elastic, client):
    log.append("verdicts", 0, frame(1))
    async with running(log, client) as archivist:
        await until(lambda: log.offsets.get((GROUP, "verdicts", 0)))
        await elastic.stop()
        log.append("verdicts", 0, frame(2, 3))
        await until(lambda: archivist.trouble)
        assert log.offsets[GROUP, "verdicts", 0] == 1
        await elastic.start()
        await until(lambda: log.offsets[GROUP, "verdicts", 0] == 2)
        assert archivist.trouble == ""
    assert len(elastic.of("countersign-calls")) == 3


async def test_it_starts_while_elasticsearch_is_away(log, elastic, client):
    elastic.status = 503
    log.append("case-log", 0, fact(1))
    async with running(log, client) as archivist:
        await until(lambda: archivist.trouble)
        elastic.status = None
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)))
    assert set(elastic.of("countersign-audit")) == {"CASE-1"}


@pytest.mark.parametrize("status", [429, 503])
async def test_an_item_that_was_turned_away_comes_again_alone(log, elastic, client, status):
    elastic.item_faults = [0, status, 0]
    log.append("case-log", 0, fact(1), fact(2), fact(3))
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 3)
    assert set(elastic.of("countersign-audit")) == {"CASE-1", "CASE-2", "CASE-3"}
    assert elastic.bulks == 2


async def test_a_document_that_does_not_fit_is_kept_raw_and_holds_nobody(log, elastic, client):
    deep: dict = {"leaf": 1}
    for _ in range(30):
        deep = {"in": deep}
    odd = a_verdict(fingerprint="f" * 64, record={"requestParameters": deep})
    log.append("verdicts", 0, to_wire(VerdictFrame([odd, a_verdict()])))
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, "verdicts", 0)) == 1)
    calls = elastic.of("countersign-calls")
    assert len(calls) == 2
    kept = calls["f" * 64]
    assert (kept["user"]["id"], kept["countersign"]["unfit"]) == ("ada", "document_parsing_exception")
    assert json.loads(kept["countersign"]["raw"])["requestParameters"] == deep
    assert "aws" not in kept


async def test_a_message_that_cannot_be_read_holds_nobody(log, elastic, client):
    log.append("case-log", 0, b"broken", fact(2))
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 2)
    assert set(elastic.of("countersign-audit")) == {"case-log-0-0", "CASE-2"}


async def test_a_request_that_is_refused_whole_is_unfit_and_one_that_is_limited_comes_again(elastic, client):
    documents = [fact_document(from_wire(Fact, fact(1)))]
    elastic.status = 400
    assert [document for document, _ in (await client.write(documents)).unfit] == documents
    elastic.status = 429
    assert (await client.write(documents)).again == documents


@pytest.mark.parametrize(("status", "standing"), [(503, Standing.UNKNOWN), (401, Standing.REFUSED)])
async def test_templates_that_are_not_taken_are_told(elastic, client, status, standing):
    elastic.status = status
    assert (await client.prepare()).standing is standing


async def test_many_documents_go_in_batches(elastic, client):
    await client.prepare()
    log = MemoryLog()
    log.append("verdicts", 0, frame(*range(1200)))
    async with running(log, client):
        await until(lambda: log.offsets.get((GROUP, "verdicts", 0)))
    assert len(elastic.of("countersign-calls")) == 1200
    assert elastic.bulks == 3


async def test_what_retention_took_before_it_was_carried_is_told(log, elastic, client):
    log.append("case-log", 0, fact(1), fact(2))
    del log.topics["case-log", 0][0]
    with capture_logs() as told:
        async with running(log, client):
            await until(lambda: log.offsets.get((GROUP, "case-log", 0)) == 2)
    assert [(each["event"], each["first"], each["next"]) for each in told] == [("archive_gap", 0, 1)]
