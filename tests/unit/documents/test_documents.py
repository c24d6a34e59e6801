"""Documents: ECS names, ids that make a repeat harmless, and no field of an attacker's choosing."""

import json

import msgspec
import pytest

from agents.documents.call import call_document
from agents.documents.case import case_document
from agents.documents.document import Form, Write
from agents.documents.entry import CASES, documents_of
from agents.documents.fact import fact_document
from agents.documents.mapping import templates
from agents.documents.raw import as_raw
from streams.records.codec import to_entry, to_wire
from streams.records.fact import Fact, FactKind
from streams.records.verdict import VerdictFrame
from tests.support.archive import a_case, a_verdict
from tests.support.elasticsearch import _misfit
from tests.support.vendors import NOW_MS

FACT = Fact("CASE", 4, NOW_MS, FactKind.ANSWERED, 77, "person/ada", {"answer": "yes"})


def fits(name: str, source: dict) -> None:
    mapping = templates()[name]["template"]["mappings"]
    assert mapping["dynamic"] == "strict"
    assert _misfit(mapping["properties"], source) is None


def test_a_call_has_ecs_names_and_its_fingerprint_as_id():
    document = call_document(a_verdict())
    assert (document.index, document.id, document.write) == ("countersign-calls-2023.11", "ab" * 32, Write.REPLACE)
    source = document.source
    assert source["event"]["action"] == "StopLogging"
    assert source["cloud"]["account"]["id"] == "111122223333"
    assert source["source"] == {"address": "203.0.113.7", "ip": "203.0.113.7"}
    assert source["user"]["id"] == "ada"
    assert source["countersign"]["action"] == "alert"
    assert json.loads(source["countersign"]["raw"])["eventName"] == "StopLogging"
    fits("countersign-calls", source)


@pytest.mark.parametrize("off_ms", [-401 * 86_400_000, 3 * 86_400_000, None, 10**15])
def test_a_hostile_time_chooses_no_index_name(off_ms):
    at_ms = None if off_ms is None else NOW_MS + off_ms
    document = call_document(a_verdict(event_time_ms=at_ms))
    assert document.index == "countersign-calls-undated"
    fits("countersign-calls", document.source)


@pytest.mark.parametrize(
    "changes",
    [
        {"requestParameters": "a text"},
        {"requestParameters": [1, 2]},
        {"requestParameters": {f"key{n}": n for n in range(5_000)}},
        {"sourceIPAddress": "cloudformation.amazonaws.com"},
        {"userAgent": {"an": "object"}, "errorCode": 7, "awsRegion": None},
        {"userIdentity": "root", "responseElements": True},
    ],
)
def test_any_record_fits_the_mapping(changes):
    fits("countersign-calls", call_document(a_verdict(record=changes)).source)


def test_the_mapping_does_not_grow():
    assert len(json.dumps(templates())) < 8_000
    for template in templates().values():
        assert template["template"]["mappings"]["dynamic"] == "strict"


def test_a_fact_lies_in_the_index_of_its_own_month():
    document = fact_document(FACT)
    assert (document.index, document.id, document.write) == ("countersign-audit-2023.11", "CASE-4", Write.CREATE)
    assert document.source["event"] == {"kind": "event", "action": "answered", "sequence": 4}
    fits("countersign-audit", document.source)


def test_a_case_is_viewed_under_its_seq():
    document = case_document(a_case(seq=9))
    assert (document.id, document.write, document.version) == (a_case().case_id, Write.VERSION, 9)
    assert document.source["countersign"]["state"] == "verified"
    assert document.source["countersign"]["fingerprints"] == ["01" * 32]
    assert document.source["event"]["duration"] == 60_000 * 1_000_000
    fits("countersign-cases", document.source)


def test_messages_of_the_log_become_documents():
    frame = to_wire(VerdictFrame([a_verdict(), a_verdict(fingerprint="cd" * 32)]))
    assert [each.id[:2] for each in documents_of("verdicts", 0, 0, frame)] == ["ab", "cd"]
    assert [each.id for each in documents_of("case-log", 0, 0, to_wire(FACT))] == ["CASE-4"]
    assert [each.version for each in documents_of(CASES, 0, 0, to_entry(a_case(seq=3)))] == [3]
    assert documents_of(CASES, 0, 0, None) == []


@pytest.mark.parametrize("topic", ["verdicts", "case-log", CASES])
def test_what_cannot_be_read_is_kept_raw(topic):
    (document,) = documents_of(topic, 2, 7, b"\xffnot a record")
    assert (document.id, document.form) == (f"{topic}-2-7", Form.BARE)
    assert "not a record" in document.source["countersign"]["raw"]
    fits("countersign-audit", document.source)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("countersign-calls", call_document(a_verdict())),
        ("countersign-audit", fact_document(FACT)),
        ("countersign-cases", case_document(a_case())),
    ],
)
def test_what_does_not_fit_keeps_id_and_content_and_fits_as_text(name, document):
    ours = as_raw(document, "document_parsing_exception")
    bare = as_raw(ours, "strict_dynamic_mapping_exception")
    for raw in (ours, bare):
        assert (raw.index, raw.id, raw.write, raw.version) == (
            document.index,
            document.id,
            document.write,
            document.version,
        )
        fits(name, raw.source)
    assert (document.form, ours.form, bare.form) == (Form.WHOLE, Form.OURS, Form.BARE)
    assert msgspec.json.decode(bare.source["countersign"]["raw"]) == ours.source
    assert set(bare.source) == {"@timestamp", "error", "countersign"}
    assert set(bare.source["countersign"]) == {"raw"}


def test_a_call_that_does_not_fit_is_still_found_by_what_is_ours():
    document = call_document(a_verdict(record={"errorMessage": "denied", "requestParameters": {"a\0b": 1}}))
    source = as_raw(document, "document_parsing_exception").source
    assert "aws" in document.source
    assert source["countersign"].pop("unfit") == "document_parsing_exception"
    assert source == {name: value for name, value in document.source.items() if name != "aws"}


def test_a_fact_that_does_not_fit_keeps_its_data_as_text():
    source = as_raw(fact_document(FACT), "document_parsing_exception").source
    assert (source["event"]["action"], source["countersign"]["case_id"]) == ("answered", "CASE")
    assert "data" not in source["countersign"]
    assert json.loads(source["countersign"]["raw"])["countersign"]["data"] == {"answer": "yes"}
