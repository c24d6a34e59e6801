"""A small Elasticsearch over HTTP, with state: templates, bulk, versions, strict mappings, and outages."""

import asyncio
import ipaddress
import json
from typing import Any

from aiohttp import web

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


class FakeElasticsearch:
    """Documents by index and id. `item_faults` answers the next items of a bulk with that status instead."""

    def __init__(self) -> None:
        self.templates: dict[str, dict[str, Any]] = {}
        self.documents: dict[tuple[str, str], dict[str, Any]] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.item_faults: list[int] = []
        self.status: int | None = None
        self.bulks = 0
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([web.put("/_index_template/{name}", self._template), web.put("/_bulk", self._bulk)])
        app.add_routes([web.get("/_index_template/{name}", self._template_there)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            await asyncio.sleep(0.01)  # transports that are closing need the loop once more

    def of(self, prefix: str) -> dict[str, dict[str, Any]]:
        """The documents of the indexes that begin so, by id."""
        return {name: source for (index, name), source in self.documents.items() if index.startswith(prefix)}

    async def _template(self, request: web.Request) -> web.Response:
        if self.status:
            return _answer({"error": "scripted"}, self.status)
        self.templates[request.match_info["name"]] = await request.json()
        return _answer({"acknowledged": True})

    async def _template_there(self, request: web.Request) -> web.Response:
        found = self.templates.get(request.match_info["name"])
        return _answer({"index_templates": [found] if found else []}, self.status or (200 if found else 404))

    async def _bulk(self, request: web.Request) -> web.Response:
        if self.status:
            return _answer({"error": {"type": "scripted"}, "status": self.status}, self.status)
        self.bulks += 1
        lines = [json.loads(line) for line in (await request.read()).splitlines()]
        items = [self._item(action, source) for action, source in zip(lines[::2], lines[1::2], strict=True)]
        return _answer({"took": 1, "errors": any(_failed(item) for item in items), "items": items})

    def _item(self, action: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
        ((verb, where),) = action.items()
        key = (where["_index"], where["_id"])
        fault = self.item_faults.pop(0) if self.item_faults else 0
        if fault:
            return {verb: {"status": fault, "error": {"type": f"scripted_{fault}"}}}
        if (verb == "create" and key in self.documents) or where.get("version", 1 << 62) <= self.versions.get(
            key, -1
        ):
            return {verb: {"status": 409, "error": {"type": "version_conflict_engine_exception"}}}
        if wrong := self._unfit(where["_index"], source):
            return {verb: {"status": 400, "error": {"type": "document_parsing_exception", "reason": wrong}}}
        self.documents[key] = source
        if "version" in where:
            self.versions[key] = where["version"]
        return {verb: {"status": 201}}

    def _unfit(self, index: str, source: dict[str, Any]) -> str | None:
        for template in self.templates.values():
            pattern = template["index_patterns"][0]
            if index.startswith(pattern.rstrip("*")):
                return _misfit(template["template"]["mappings"]["properties"], source)
        return "no template"


def _misfit(properties: dict[str, Any], source: dict[str, Any]) -> str | None:
    for name, value in source.items():
        field = properties.get(name)
        if field is None:
            return f"strict: {name}"
        if wrong := _misfit_value(name, field, value):
            return wrong
    return None


def _misfit_value(name: str, field: dict[str, Any], value: Any) -> str | None:
    if "properties" in field:
        return _misfit(field["properties"], value) if isinstance(value, dict) else f"{name}: not an object"
    values = value if isinstance(value, list) else [value]
    match field["type"]:
        case "flattened":
            fits = all(isinstance(each, dict) and _depth(each) <= 20 for each in values)
        case "long":
            fits = all(isinstance(each, int) for each in values)
        case "boolean":
            fits = all(isinstance(each, bool) for each in values)
        case "ip":
            fits = all(_is_ip(each) for each in values)
        case _:
            fits = not any(isinstance(each, dict) for each in values)
    return None if fits else f"{name}: {value!r} is no {field['type']}"


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _is_ip(value: Any) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _failed(item: dict[str, Any]) -> bool:
    return next(iter(item.values()))["status"] >= 300


def _answer(body: Any, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers=PRODUCT)
