"""The archive on a real Elasticsearch: what it takes, what it refuses, and what an auditor finds in it."""

import asyncio
import copy
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from elasticsearch import ConflictError

from agents.clients.outcome import Standing
from agents.documents.call import call_document
from agents.documents.entry import CASES
from agents.documents.mapping import templates
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.case import CaseState
from streams.records.codec import to_entry, to_wire
from streams.records.fact import Fact, FactKind
from streams.records.verdict import Action, End, VerdictFrame
from tests.support.archive import a_case, a_verdict
from tests.support.archiving import Archiving
from tests.support.elasticsearch_server import CONTENT_MB
from tests.support.failpoints import ROOT
from tests.support.vendors import NOW_MS

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("elasticsearch"),
]
DAY_MS = 86_400_000


@pytest.fixture
async def archiving(tmp_path, elasticsearch):
    archiving = Archiving(tmp_path / "log.db", elasticsearch.url)
    yield archiving
    await archiving.close()


def fact(seq, **changes):
    fields = {"case_id": "CASE", "at_ms": NOW_MS, "kind": FactKind.OPENED, "src": seq, "actor_key": "person/ada"}
    return to_wire(Fact(seq=seq, **{**fields, "data": {"n": seq}} | changes))


def frame(*verdicts):
    return to_wire(VerdictFrame(list(verdicts)))


def numbered(number, **changes):
    return a_verdict(fingerprint=f"{number:064x}", **changes)


def by_id(hits):
    """Hits by id; an id that stands twice fails."""
    assert len({hit["_id"] for hit in hits}) == len(hits)
    return {hit["_id"]: hit for hit in hits}


async def test_templates_are_put_again_and_extend_an_index_of_an_older_one(archiving):
    assert (await archiving.client.prepare()).standing is Standing.DONE
    older = copy.deepcopy(templates()["countersign-calls"])
    del older["template"]["mappings"]["properties"]["rule"]
    await archiving.search.indices.put_index_template(name="countersign-calls", **older)
    index = call_document(a_verdict()).index
    await archiving.search.indices.create(index=index)
    assert [why for _, why in (await archiving.client.write([call_document(a_verdict())])).unfit] == [
        "strict_dynamic_mapping_exception"
    ]
    assert (await archiving.client.prepare()).standing is Standing.DONE
    put = await archiving.search.indices.get_index_template(name="countersign-*")
    assert {each["name"] for each in put["index_templates"]} == set(templates())
    assert not (await archiving.client.write([call_document(a_verdict())])).unfit


async def test_calls_facts_and_cases_are_each_written_as_they_may_be_repeated(archiving):
    month_before = NOW_MS - 31 * DAY_MS
    await archiving.append("verdicts", frame(numbered(1), numbered(2)))
    await archiving.append("verdicts", frame(numbered(3)), partition=1)
    await archiving.append("case-log", fact(1), fact(2, at_ms=month_before))
    await archiving.append(CASES, to_entry(a_case(seq=1, state=CaseState.WAITING)), to_entry(a_case(seq=5)), None)
    await archiving.carry()
    once = by_id(await archiving.hits())
    assert {(hit["_index"], name, hit["_version"]) for name, hit in once.items()} == {
        *(("countersign-calls-2023.11", f"{number:064x}", 1) for number in (1, 2, 3)),
        ("countersign-audit-2023.11", "CASE-1", 1),
        ("countersign-audit-2023.10", "CASE-2", 1),
        ("countersign-cases", a_case().case_id, 5),
    }
    with pytest.raises(ConflictError):
        await archiving.search.create(index="countersign-audit-2023.10", id="CASE-2", document={"event": {}})
    await archiving.forget()
    await archiving.append(CASES, to_entry(a_case(seq=4, state=CaseState.WAITING)))
    await archiving.carry()
    again = by_id(await archiving.hits())
    assert {name: hit["_source"] for name, hit in again.items()} == {
        name: hit["_source"] for name, hit in once.items()
    }
    assert {name: hit["_version"] for name, hit in again.items() if "calls" not in hit["_index"]} == {
        "CASE-1": 1,
        "CASE-2": 1,
        a_case().case_id: 5,
    }


def nested(depth):
    value = {"leaf": 1}
    for _ in range(depth):
        value = {"in": value}
    return value


FITTING = {
    "300 KB in one value": {"requestParameters": {"policy": "x" * 300_000}},
    "20,000 fields": {"requestParameters": {f"key{number}": number for number in range(20_000)}},
    "a number where others have text": {"requestParameters": {"name": 7}},
    "every type another": {
        "awsRegion": [1],
        "sourceIPAddress": {"a": 1},
        "userIdentity": "root",
        "userAgent": None,
        "errorCode": {"x": 1},
        "responseElements": True,
        "requestParameters": [1, [2, {"a": 3}]],
        "additionalEventData": 3.5,
    },
    "dots in names": {"requestParameters": {"a.b": 1, "a": {"b": 2}, ".": 3, "..": {"": 4}, "": 5, "a.": 6}},
    "names of ours": {"requestParameters": {"_id": "x", "_source": {}, "@timestamp": "never"}},
    "NUL in a value": {"requestParameters": {"name": "a\0b"}, "userAgent": "\0"},
    "long texts": {"errorMessage": "z" * 100_000, "errorCode": "q" * 40_000, "userAgent": "u" * 40_000},
    "numbers beyond 64 bits": {"requestParameters": {"n": 10**30, "f": 1e300}},
}
UNFIT = {
    "NUL in a name": {"requestParameters": {"a\0b": 1}},
    "a name of 33 KB": {"requestParameters": {"k" * 33_000: 1}},
    "60 levels": {"requestParameters": nested(60)},
    "deep in the answer": {"responseElements": nested(30)},
}
"""What a flattened field of Elasticsearch does not take."""


async def test_a_hostile_record_becomes_one_document_and_holds_nobody(archiving):
    hostile = {name: numbered(at, record=record) for at, (name, record) in enumerate({**FITTING, **UNFIT}.items())}
    await archiving.client.prepare()
    await archiving.search.index(
        index="countersign-calls-2023.11", id="first", document={"event": {"kind": "event"}}
    )
    mapping = await archiving.search.indices.get_mapping(index="countersign-calls-2023.11")
    await archiving.append("verdicts", frame(numbered(100), *hostile.values(), numbered(101)))
    await archiving.append("case-log", fact(1, data={"a\0b": 1}), b"\xff no record", fact(2))
    await archiving.carry()
    calls = by_id(await archiving.hits(index="countersign-calls-*"))
    assert len(calls) == len(hostile) + 3
    unfit = {name for name, each in hostile.items() if "unfit" in decided(calls[each.fingerprint])}
    assert unfit == set(UNFIT)
    for verdict in hostile.values():
        source = calls[verdict.fingerprint]["_source"]
        assert json.loads(source["countersign"]["raw"]) == json.loads(bytes(verdict.record))
        assert (source["user"]["id"], source["rule"]["id"]) == ("ada", verdict.rules)
    assert await archiving.search.indices.get_mapping(index="countersign-calls-2023.11") == mapping
    facts = by_id(await archiving.hits(index="countersign-audit-*"))
    assert set(facts) == {"CASE-1", "CASE-2", "case-log-0-1"}
    assert json.loads(decided(facts["CASE-1"])["raw"])["countersign"]["data"] == {"a\0b": 1}


def decided(hit):
    return hit["_source"]["countersign"]


async def test_a_batch_larger_than_the_server_takes_is_divided(archiving):
    size = 200_000
    verdicts = [numbered(at, record={"errorMessage": f"{at} " + "x" * size}) for at in range(12)]
    assert sum(len(bytes(each.record)) for each in verdicts) * 2 > CONTENT_MB * 1024 * 1024
    await archiving.append("verdicts", frame(*verdicts))
    await archiving.carry()
    assert set(by_id(await archiving.hits())) == {each.fingerprint for each in verdicts}
    assert await archiving.hits({"exists": {"field": "countersign.unfit"}}) == []


LIVES = ("elasticsearch.template.after:2", "elasticsearch.bulk.after:1", "archivist.commit.before:3")


async def test_an_archivist_killed_and_started_again_leaves_no_gap_and_no_double(
    tmp_path, elasticsearch, archiving
):
    path = tmp_path / "killed.db"
    await fill(path, elasticsearch.url)
    fired = tmp_path / "fired"
    ends = [life(path, elasticsearch.url, LIVES, fired) for _ in range(len(LIVES) + 1)]
    assert ends == [-signal.SIGKILL] * len(LIVES) + [0]
    assert fired.read_text().split() == [each.partition(":")[0] for each in LIVES]
    found = by_id(await archiving.hits())
    assert set(found) == {
        *(f"{number:064x}" for number in range(600)),
        *(f"CASE-{seq}" for seq in range(200)),
        *(f"CASE{number}" for number in range(40)),
    }
    assert {hit["_version"] for name, hit in found.items() if name.startswith("CASE-")} == {1}
    assert {hit["_version"] for hit in found.values() if hit["_index"] == "countersign-cases"} == {9}


async def fill(path, url):
    """A log of 600 calls, 200 facts and 40 cases of three writes each."""
    filling = Archiving(path, url)
    for partition in range(2):
        await filling.append(
            "verdicts",
            *(
                frame(*(numbered(at) for at in range(start, start + 3)))
                for start in range(300 * partition, 300 * partition + 300, 3)
            ),
            partition=partition,
        )
        await filling.append("case-log", *(fact(seq) for seq in range(partition, 200, 2)), partition=partition)
    for number in range(40):
        entries = (to_entry(a_case(case_id=f"CASE{number}", seq=seq)) for seq in (1, 5, 9))
        await filling.append(CASES, *entries, partition=number % 2, key=b"%d" % number)
    await filling.close()


def life(path, url, lives, fired):
    """How one life of the archivist ended."""
    environ = os.environ | {"CS_FAILPOINT": ",".join(lives), "CS_FAILPOINT_FILE": str(fired)}
    command = [sys.executable, "-m", "tests.support.archiving", str(path), url]
    return subprocess.run(command, cwd=ROOT, env=environ, timeout=60, check=False).returncode


async def test_a_server_that_was_killed_is_waited_for_and_caught_up_with(archiving, elasticsearch):
    await archiving.append("verdicts", frame(*(numbered(at) for at in range(50))))
    await archiving.append("case-log", *(fact(seq) for seq in range(50)))
    async with archiving.running() as archivist:
        await archiving.until(archiving.carried)
        elasticsearch.kill()
        await archiving.append("verdicts", frame(*(numbered(at) for at in range(50, 90))))
        await archiving.append("case-log", *(fact(seq) for seq in range(50, 90)))
        await archiving.until(lambda: archivist.trouble != "")
        assert not archiving.carried()
        elasticsearch.start()
        await asyncio.to_thread(elasticsearch.wait)
        await archiving.until(archiving.carried)
        assert archivist.trouble == ""
    found = by_id(await archiving.hits())
    assert len(found) == 180
    assert {hit["_version"] for name, hit in found.items() if name.startswith("CASE-")} == {1}


def disk_full(search, *, on):
    value = True if on else None
    return search.indices.put_settings(
        index="countersign-*", settings={"index.blocks.read_only_allow_delete": value}
    )


def no_more_shards(search, *, on):
    return search.cluster.put_settings(persistent={"cluster.max_shards_per_node": 1 if on else None})


def closed(search, *, on):
    return (search.indices.close if on else search.indices.open)(index="countersign-*")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (disk_full, "cluster_block_exception"),
        (no_more_shards, "validation_exception"),
        (closed, "index_closed_exception"),
    ],
)
async def test_a_server_that_cannot_write_for_a_while_gets_whole_documents_afterwards(archiving, state, reason):
    next_month = NOW_MS + 30 * DAY_MS
    await archiving.append("case-log", fact(1))
    await archiving.carry()
    await state(archiving.search, on=True)
    try:
        # A new index is what the limit of shards is about; the block and the closing are about the one there is.
        at_ms = next_month if state is no_more_shards else NOW_MS
        await archiving.append("case-log", fact(2, at_ms=at_ms), fact(3, at_ms=at_ms))
        async with archiving.running() as archivist:
            await archiving.until(lambda: archivist.trouble == reason)
            assert not archiving.carried()
            await state(archiving.search, on=False)
            await archiving.until(archiving.carried)
    finally:
        await state(archiving.search, on=False)
    found = by_id(await archiving.hits())
    assert {name: decided(hit)["data"] for name, hit in found.items()} == {
        f"CASE-{n}": {"n": n} for n in (1, 2, 3)
    }


async def test_an_auditor_finds_calls_facts_and_cases(archiving):
    grace = Actor(ActorKind.PERSON, "grace", "grace.h", Confidence.HIGH, "IAM user", "444455556666")
    hers = {"actor": grace, "account": "444455556666", "rules": ["example.rule"], "end": End.LOGGED}
    later = {"action": Action.LOG, "event_time_ms": NOW_MS + 3_600_000, "received_ms": NOW_MS + 3_600_000}
    quiet = {"requestParameters": {"tag": {"owner.name": "grace"}}, "sourceIPAddress": "198.51.100.4"}
    await archiving.append("verdicts", frame(numbered(1), numbered(2, **hers, **later, record=quiet)))
    await archiving.append("case-log", fact(1), fact(2, kind=FactKind.VERIFIED, at_ms=NOW_MS + 3_600_000))
    await archiving.append(CASES, to_entry(a_case()))
    await archiving.append(
        CASES, to_entry(a_case(case_id="OTHER", actor=grace, asked=None, state=CaseState.PAGED))
    )
    await archiving.carry()
    one, two, case = f"{1:064x}", f"{2:064x}", a_case().case_id
    after = datetime.fromtimestamp(NOW_MS / 1000 + 60, UTC).isoformat()
    for query, found in [
        ({"term": {"user.id": "grace"}}, {two, "OTHER"}),
        ({"term": {"rule.id": "countersign.guard.stop-logging"}}, {one}),
        ({"term": {"cloud.account.id": "444455556666"}}, {two}),
        ({"term": {"countersign.end": "logged"}}, {two}),
        ({"term": {"countersign.state": "verified"}}, {case}),
        ({"term": {"event.action": "verified"}}, {"CASE-2"}),
        ({"term": {"countersign.case_id": case}}, {case}),
        ({"term": {"countersign.case_id": "CASE"}}, {"CASE-1", "CASE-2"}),
        ({"term": {"countersign.actor_key": "person/ada"}}, {"CASE-1", "CASE-2", case, "OTHER"}),
        ({"term": {"countersign.fingerprints": "01" * 32}}, {case, "OTHER"}),
        ({"term": {"aws.cloudtrail.request_parameters.tag.owner.name": "grace"}}, {two}),
        ({"term": {"source.ip": "198.51.100.0/24"}}, {two}),
        ({"range": {"@timestamp": {"gte": after}}}, {two, "CASE-2"}),
    ]:
        assert set(by_id(await archiving.hits(query))) == found, query
