"""Elasticsearch: templates and bulk writes through the official async client, every item examined."""

from collections.abc import Mapping, Sequence
from typing import Any

import elasticsearch
import msgspec
import structlog
from elasticsearch import ApiError, AsyncElasticsearch, TransportError
from msgspec import Struct

from agents.clients.address import trusting
from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done, unconnected
from agents.documents.document import Document, Write
from agents.documents.mapping import templates
from streams.shell.failpoints import step

log = structlog.get_logger(__name__)
BULK_BYTES = 5 * 1024 * 1024
BULK_DOCUMENTS = 500
# No server's limit lies below: a connection that breaks over less breaks for another reason.
SMALL_BYTES = 256 * 1024
# What a document that does not fit its mapping is answered with; another try would end alike.
UNFIT = 400
# What a whole request may be answered with for the sake of one document, or for its size.
DIVIDED = frozenset({UNFIT, 413})
EXISTS = 409
NO_INDEX = 404
# Answered with a 400 too, yet the document is right: too many shards are open, or its index is closed.
PASSING = frozenset({"validation_exception", "index_closed_exception"})


MALFORMED = "malformed_answer"
"""What Elasticsearch said is no answer of its kind: it is asked again."""


class Written(Struct, frozen=True):
    """What became of a batch, document by document: `again` may work later, `unfit` never will as it is."""

    again: Sequence[Document] = ()
    unfit: Sequence[tuple[Document, str]] = ()
    reason: str = ""


def connected(url: str, api_key: str | None, timeout_s: float, ca_file: str | None) -> AsyncElasticsearch:
    """The official client, its own retries off; it connects with its first call."""
    options: dict[str, Any] = {}
    if url.startswith("https"):
        options["ssl_context"] = trusting(ca_file)
    return AsyncElasticsearch(
        url, api_key=api_key, request_timeout=timeout_s, max_retries=0, retry_on_timeout=False, **options
    )


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
        self._client = connected(url, api_key, timeout_s, ca_file)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def prepare(self) -> Outcome[int]:
        """Put the index templates, and their fields onto indices that exist; repeating that is harmless."""
        for name, body in templates().items():
            outcome = await self._put_template(name, body)
            if outcome.standing is Standing.DONE:
                outcome = await self._extend(body)
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

    async def _extend(self, body: Mapping[str, Any]) -> Outcome[int]:
        """A template is for indices to come; one that was made by an older template is given the fields it lacks.

        Where that is refused, its documents end as text, which is better than waiting for ever.
        """
        try:
            put = self._client.options(ignore_status=NO_INDEX).indices.put_mapping(
                index=body["index_patterns"],
                properties=body["template"]["mappings"]["properties"],
                allow_no_indices=True,
            )
            await step("elasticsearch.mapping", put)
        except ApiError as error:
            outcome: Outcome[int] = by_status(error.meta.status, f"http_{error.meta.status}")
            if outcome.standing is not Standing.REFUSED:
                return outcome
            log.warning("mapping_not_extended", index=body["index_patterns"], reason=error.message)
        except TransportError as error:
            return by_fault(error)
        return done(1)

    async def _bulk(self, batch: Sequence[Document]) -> Written:
        operations = [line for document in batch for line in _lines(document)]
        try:
            answer = await step("elasticsearch.bulk", self._client.bulk(operations=operations))
        except ApiError as error:
            return await self._refused_whole(batch, error.meta.status)
        except TransportError as error:
            reason = by_fault(error).reason
            # Elasticsearch answers a request that is too large while it is still being sent, and hangs up.
            broken = isinstance(error, elasticsearch.ConnectionError) and not unconnected(error)
            if broken and len(batch) > 1 and sum(map(_size, batch)) > SMALL_BYTES:
                return await self._divided(batch, reason)
            return Written(again=batch, reason=reason)
        items = answer.body.get("items") if isinstance(answer.body, dict) else None
        if not isinstance(items, list) or len(items) != len(batch):
            return Written(again=batch, reason=MALFORMED)
        return _judged(batch, items)

    async def _refused_whole(self, batch: Sequence[Document], status: int) -> Written:
        reason = f"http_{status}"
        if status not in DIVIDED:
            return Written(again=batch, reason=reason)
        if len(batch) == 1:
            return Written(unfit=[(batch[0], reason)], reason=reason)
        return await self._divided(batch, reason)

    async def _divided(self, batch: Sequence[Document], reason: str) -> Written:
        """Halves find the document that all were refused for, and are small enough at last."""
        middle = len(batch) // 2
        first, second = await self._bulk(batch[:middle]), await self._bulk(batch[middle:])
        reason = second.reason or first.reason or reason
        return Written([*first.again, *second.again], [*first.unfit, *second.unfit], reason)


def _judged(batch: Sequence[Document], items: Sequence[Mapping[str, Any]]) -> Written:
    again: list[Document] = []
    unfit: list[tuple[Document, str]] = []
    reason = ""
    for document, item in zip(batch, items, strict=True):
        result = _result(item)
        if result is None:
            again.append(document)
            reason = MALFORMED
            continue
        status = result["status"]
        exists = status == EXISTS and document.write is not Write.REPLACE
        if 200 <= status < 300 or exists:
            continue
        error = result.get("error")
        reason = str((error.get("type") if isinstance(error, Mapping) else error) or f"http_{status}")
        if status == UNFIT and reason not in PASSING:
            unfit.append((document, reason))
        else:
            again.append(document)
    return Written(again, unfit, reason)


def _result(item: Any) -> Mapping[str, Any] | None:
    """What is said of one document; None where that is no answer."""
    result = next(iter(item.values()), None) if isinstance(item, Mapping) else None
    return result if isinstance(result, Mapping) and isinstance(result.get("status"), int) else None


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
        size = _size(document)
        if not batches or size > room or len(batches[-1]) >= BULK_DOCUMENTS:
            batches.append([])
            room = BULK_BYTES
        batches[-1].append(document)
        room -= size
    return batches


def _size(document: Document) -> int:
    return len(msgspec.json.encode(document.source))
