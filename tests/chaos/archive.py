"""Archive: the fake Elasticsearch, which can also hang, limit, break, lose its answers, or be full."""

import asyncio
from typing import Any

from aiohttp import web

from tests.support.elasticsearch import PRODUCT, FakeElasticsearch

HANG_S = 60.0
FULL = {
    "type": "cluster_block_exception",
    "reason": "index [countersign] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, "
    "index has read-only-allow-delete block];",
}
"""What 8.19 says for each item when its disk is above the flood stage."""


class TroubledElasticsearch(FakeElasticsearch):
    """`trouble` is one of hang, 429, 5xx, lost, full; None is none."""

    def __init__(self) -> None:
        super().__init__()
        self.trouble: str | None = None

    async def _bulk(self, request: web.Request) -> web.Response:
        match self.trouble:
            case "hang":
                await asyncio.sleep(HANG_S)
                return _drop(request)
            case "429":
                return web.json_response({"status": 429}, status=429, headers=PRODUCT | {"Retry-After": "3"})
            case "5xx":
                return web.json_response({"status": 503}, status=503, headers=PRODUCT)
            case "lost":
                await super()._bulk(request)
                return _drop(request)
        return await super()._bulk(request)

    def _item(self, action: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
        if self.trouble == "full":
            return {next(iter(action)): {"status": 429, "error": FULL}}
        return super()._item(action, source)


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
