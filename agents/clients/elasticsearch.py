"""Elasticsearch: templates and bulk writes through the official async client, every item examined."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch, TransportError
from msgspec import Struct

from agents.clients.address import trusting
from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done
from agents.documents.document import Document, Write
from agents.documents.mapping import templates
from streams.shell.failpoints import step

BULK_BYTES = 5 * 1024 * 1024
BULK_DOCUMENTS = 500
# What a document that does not fit its mapping is answered with; another try would end alike.
UNFIT = 400
EXISTS = 409


class Written(Struct, frozen=True):
    """What became of a batch, document by document: `again` may work later, `unfit` never will as it is."""

    again: Sequence[Document] = ()
    unfit: Sequence[tuple[Document, str]] = ()
    reason: str = ""


class ElasticsearchClient:
    """One try a call: the archivist, which may wait, does the repeating."""

    def __init__(
        self,
        *,
        url: str,
        api_key: str | None = None,
        timeout_s: float = 30.0,
        ca_file: str | None = None,
    ) -> None:
        options: dict[str, Any] = {}
        if url.startswith("https"):
            options["ssl_context"] = trusting(ca_file)
        self._client = AsyncElasticsearch(
            url, api_key=api_key, request_timeout=timeout_s, max_retries=0, retry_on_timeout=False, **options
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def prepare(self) -> Outcome[int]:
        """Put the index templates; repeating that is harmless."""
        for name, body in templates().items():
            outcome = await self._put_template(name, body)
            if outcome.standing is not Standing.DONE:
                return outcome
        return done(len(templates()))

    async def write(self, documents: Sequence[Document]) -> Written:
        """Index documents in batches that Elasticsearch takes; an answer is read item by item."""
        again: list[Document] = []
        unfit: list[tuple[Document, str]] = []
        reason = ""
        for batch in _batches(documents):
            written = await self._bulk(batch)
            again += written.again
            unfit += written.unfit
            reason = written.reason or reason
        return Written(again, unfit, reason)

    async def _put_template(self, name: str, body: Mapping[str, Any]) -> Outcome[int]:
        try:
            put = self._client.indices.put_index_template(name=name, **body)
            await step("elasticsearch.template", put)
        except ApiError as error:
            return by_status(error.meta.status, f"http_{error.meta.status}")
        except TransportError as error:
            return by_fault(error)
        return done(1)

    async def _bulk(self, batch: Sequence[Document]) -> Written:
        operations = [line for document in batch for line in _lines(document)]
        try:
            answer = await step("elasticsearch.bulk", self._client.bulk(operations=operations))
        except ApiError as error:
            reason = f"http_{error.meta.status}"
            if error.meta.status == UNFIT:  # the whole request: some document makes no valid line
                return Written(unfit=[(document, reason) for document in batch], reason=reason)
            return Written(again=batch, reason=reason)
        except TransportError as error:
            return Written(again=batch, reason=type(error).__name__)
        items = answer.body.get("items") if isinstance(answer.body, dict) else None
        if not isinstance(items, list) or len(items) != len(batch):
            return Written(again=batch, reason="malformed_answer")
        return _judged(batch, items)


def _judged(batch: Sequence[Document], items: Sequence[Mapping[str, Any]]) -> Written:
    again: list[Document] = []
    unfit: list[tuple[Document, str]] = []
    reason = ""
    for document, item in zip(batch, items, strict=True):
        result = next(iter(item.values()))
        status = int(result.get("status", 0))
        exists = status == EXISTS and document.write is not Write.REPLACE
        if 200 <= status < 300 or exists:
            continue
        error = result.get("error") or {}
        reason = str(error.get("type") or f"http_{status}")
        if status == UNFIT:
            unfit.append((document, reason))
        else:
            again.append(document)
    return Written(again, unfit, reason)


def _lines(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    where: dict[str, Any] = {"_index": document.index, "_id": document.id}
    if document.write is Write.CREATE:
        return {"create": where}, document.source
    if document.write is Write.VERSION:
        where |= {"version": document.version, "version_type": "external"}
    return {"index": where}, document.source


def _batches(documents: Sequence[Document]) -> list[list[Document]]:
    batches: list[list[Document]] = []
    room = 0
    for document in documents:
        size = len(msgspec.json.encode(document.source))
        if not batches or size > room or len(batches[-1]) >= BULK_DOCUMENTS:
            batches.append([])
            room = BULK_BYTES
        batches[-1].append(document)
        room -= size
    return batches
