"""Who may see the pages, and which headers everything carries."""

import itertools

import pytest
from aiohttp import web

from agents.gateway.guard import COOKIE, SESSION_MS
from tests.support.gateway import NOW_MS, gateway

PAGES = ("/", "/cases", "/cases/abcdefghijklmnopqrstuvwx22", "/events", "/nowhere")
OPEN = ("/livez", "/readyz", "/metrics", "/static/base.css")
TOKEN = "a-token-of-the-console"


@pytest.mark.parametrize("path", PAGES)
async def test_without_the_token_no_page_is_shown(path: str) -> None:
    async with gateway(token=TOKEN) as client:
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
            {"Cookie": f"{COOKIE}=1.x"},
        ):
            answer = await client.get(path, headers={**headers, "Accept": "text/html"})
            assert answer.status == 401
            assert TOKEN not in await answer.text()
        assert (await client.get(path, params={"token": "wrong"})).status == 401


@pytest.mark.parametrize("path", OPEN)
async def test_probes_metrics_and_styles_need_no_token(path: str) -> None:
    async with gateway(token=TOKEN) as client:
        assert (await client.get(path)).status in {200, 503}


async def test_a_bearer_token_opens_the_pages() -> None:
    async with gateway(token=TOKEN) as client:
        assert (await client.get("/", headers={"Authorization": f"Bearer {TOKEN}"})).status == 200


async def test_a_token_in_the_address_becomes_a_cookie_and_leaves_the_address() -> None:
    async with gateway(token=TOKEN) as client:
        answer = await client.get("/cases", params={"token": TOKEN, "page": "1"}, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (302, "/cases?page=1")
        cookie = answer.cookies[COOKIE]
        assert TOKEN not in cookie.value
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        client.session.cookie_jar.clear()
        assert (await client.get("/", headers={"Cookie": f"{COOKIE}={cookie.value}"})).status == 200


async def test_a_session_ends_and_cannot_be_prolonged() -> None:
    now = itertools.chain([NOW_MS], itertools.repeat(NOW_MS + SESSION_MS))
    async with gateway(token=TOKEN, clock=lambda: next(now)) as client:
        answer = await client.get("/", params={"token": TOKEN}, allow_redirects=False)
        value = answer.cookies[COOKIE].value
        client.session.cookie_jar.clear()
        longer = f"{NOW_MS + 9 * SESSION_MS}.{value.partition('.')[2]}"
        for given in (value, longer, "", "²." + "0" * 64, "9" * 400 + ".a"):
            answer = await client.get("/", headers={"Cookie": f"{COOKIE}={given}"})
            assert answer.status == 401


async def test_without_a_token_only_this_machine_is_served() -> None:
    async with gateway(loopback=False) as client:
        assert (await client.get("/")).status == 403
    async with gateway() as client:
        assert (await client.get("/")).status == 200
        for host in ("evil.example", "127.0.0.1.evil.example", "[", "localhost.evil.example:80"):
            assert (await client.get("/", headers={"Host": host})).status in {400, 403}


@pytest.mark.parametrize("path", [*PAGES[:3], "/nowhere", *OPEN])
async def test_every_answer_carries_the_strict_headers(path: str) -> None:
    async with gateway() as client:
        answer = await client.get(path, headers={"Accept": "text/html"})
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"


async def test_a_further_door_checks_its_callers_itself() -> None:
    async def taken(_request: web.Request) -> web.Response:
        return web.Response(text="taken")

    async with gateway(token=TOKEN, routes=[web.post("/sns/org", taken)]) as client:
        assert (await client.post("/sns/org", headers={"Host": "countersign.example.com"})).status == 200
        assert (await client.post("/sns/org/more")).status == 401


async def test_pages_load_nothing_from_elsewhere() -> None:
    async with gateway() as client:
        for path in ("/", "/static/base.css", "/static/console.css", "/static/console.js", "/static/demo.css"):
            text = await (await client.get(path)).text()
            assert "//" not in text.replace("http://www.w3.org", "").replace("// ", "")


async def test_nothing_but_reading_is_possible() -> None:
    async with gateway() as client:
        for method, path in itertools.product(("POST", "PUT", "DELETE"), ("/", "/cases", "/cases/aaaa")):
            assert (await client.request(method, path)).status == 405
