"""What Elasticsearch says of each document, whatever shape it says it in."""

import pytest

from agents.clients.elasticsearch import MALFORMED, _judged
from agents.documents.document import Document, Write

DOCUMENT = Document("countersign-calls-2026.11", "1", Write.CREATE, {"a": 1})


@pytest.mark.parametrize(
    "item", [None, {}, [], "ok", {"create": None}, {"create": {}}, {"create": {"status": None}}, {"create": [1]}]
)
def test_what_is_no_answer_is_asked_again(item):
    written = _judged([DOCUMENT], [item])
    assert (written.again, written.unfit, written.reason) == ([DOCUMENT], [], MALFORMED)


@pytest.mark.parametrize(
    ("error", "reason"),
    [({"type": "mapper_parsing_exception"}, "mapper_parsing_exception"), ("text", "text"), (None, "http_400")],
)
def test_a_document_that_does_not_fit_is_told_with_its_reason(error, reason):
    written = _judged([DOCUMENT], [{"create": {"status": 400, "error": error}}])
    assert (written.again, written.unfit) == ([], [(DOCUMENT, reason)])


@pytest.mark.parametrize("status", [200, 201, 409])
def test_what_is_there_needs_nothing(status):
    written = _judged([DOCUMENT], [{"create": {"status": status}}])
    assert (written.again, written.unfit) == ([], [])
