"""The console in a real browser: hostile event text stays text, changes arrive, and nothing overflows."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from agents.gateway.case_view import CaseView
from agents.gateway.deps import RuleNote
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.call import Outcome
from streams.records.case import CaseState
from streams.records.summary import Line
from tests.support.browser import Watch, browser, overflows
from tests.support.gateway import NOW_MS, MemoryReader, gateway, make_case, summary

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title><script>alert(1)</script>",
    "\u202egnp.exe\u2066",
    "x" * 4_000,
]
PATHS = ("/", "/cases", "/cases/abcdefghijklmnopqrstuvwx22")
PHONE: Any = {"width": 390, "height": 844}


async def reads_as_text(page: Page, text: str) -> None:
    """Every page of a case that says nothing but this text."""
    log = MemoryReader()
    actor = Actor(ActorKind.UNKNOWN, None, text, Confidence.NONE, text, text)
    call = summary(text, target=text, tool=text, source=text, region=text, event_id=text, error=text)
    line = Line(text, text, text, text, Outcome.FAILED, 1)
    said: dict[str, Any] = {"unaskable": text, "account": text, "rules": [text]}
    log.put(make_case(calls=[call], lines=[line], actor=actor, asked=None, **said))
    note = RuleNote(text, text, text, text, text)
    async with gateway(view=CaseView(log), rules={text: note}) as client:
        base = str(client.make_url("/"))
        watch = Watch(page, base)
        for path in PATHS:
            await page.goto(base.rstrip("/") + path)
            await page.wait_for_timeout(150)
            assert text.rsplit("\u202e", maxsplit=1)[-1][:40] in (await page.locator("main").inner_text())
            assert not await overflows(page), (path, text)
        assert watch.wrong == []
        await page.close()


async def test_hostile_text_is_shown_and_does_nothing() -> None:
    async with browser() as opened:
        for text in HOSTILE:
            await reads_as_text(await opened.new_page(viewport=PHONE), text)


async def test_an_open_page_follows_the_log() -> None:
    log = MemoryReader()
    log.put(make_case())
    async with gateway(view=CaseView(log)) as client, browser() as opened:
        page = await opened.new_page()
        watch = Watch(page, str(client.make_url("/")))
        await page.goto(str(client.make_url(PATHS[2])))
        await expect(page.locator(".countdown b")).to_have_text("10 min 0 s")
        await expect(page.locator("#live")).to_have_text("live")
        log.put(make_case(state=CaseState.PAGED, reason="denied", ended_ms=NOW_MS, deadline_ms=None))
        await expect(page.locator(".headline .badge")).to_have_text("paged")
        await expect(page.locator(".lead")).to_contain_text("the engineer answered No")
        assert watch.wrong == []


async def test_the_first_tab_skips_to_the_content() -> None:
    async with gateway() as client, browser() as opened:
        page = await opened.new_page()
        await page.goto(str(client.make_url("/")))
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_be_focused()


async def test_on_a_phone_every_column_of_a_case_is_in_view() -> None:
    log = MemoryReader()
    log.put(make_case(state=CaseState.PAGED, reason="denied", ended_ms=NOW_MS, deadline_ms=None))
    async with gateway(view=CaseView(log)) as client, browser() as opened:
        page = await opened.new_page(viewport=PHONE)
        await page.goto(str(client.make_url("/cases")))
        for text in ("paged", "the engineer answered No", "10 s"):
            box = await page.get_by_text(text, exact=True).bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= PHONE["width"]
        await expect(page.locator("#live")).to_be_visible()
