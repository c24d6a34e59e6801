"""The demo's page in a real browser, to each of its four endings; the newcomer only clicks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.support.browser import Watch, browser, chromium, overflows
from tests.support.demo import DemoPage

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.slow]

WAIT_MS = 20_000
YES, NO, DETAILS = (f'[data-action="countersign_{name}"]' for name in ("yes", "no", "details"))
WIDE: Any = {"width": 1366, "height": 768}
PHONE: Any = {"width": 390, "height": 844}


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    """The demo's page once Slack has asked; at the end nothing it must not do was seen."""
    chromium()
    with DemoPage(tmp_path / "demo") as demo:
        async with browser() as opened:
            found = await opened.new_page(viewport=WIDE)
            watch = Watch(found, demo.url)
            await found.goto(demo.url)
            await found.wait_for_selector(YES, timeout=WAIT_MS)
            yield found
            assert watch.wrong == []


async def recorded(page: Page) -> Any:
    """What the stand-ins recorded and what the log told."""
    return await (await page.request.get(f"{page.url}demo/state")).json()


async def steps(page: Page) -> list[str]:
    """The titles of the story, the oldest first."""
    return list(reversed(await page.locator(".step h3").all_inner_texts()))


async def says(page: Page, text: str, timeout_ms: int = WAIT_MS) -> None:
    await expect(page.locator("#now-text")).to_contain_text(text, timeout=timeout_ms)


async def shot(page: Page, folder: Path, name: str) -> None:
    await page.wait_for_timeout(600)
    await page.screenshot(path=folder / f"{name}.png")


def question_of(state: Any) -> Any:
    return next(message for message in state["messages"] if message["thread_ts"] is None)


def buttons_of(message: Any) -> list[str]:
    elements = [block.get("elements", []) for block in message["blocks"] if block["type"] == "actions"]
    return [button["action_id"] for group in elements for button in group]


async def test_yes_and_approve_closes_the_case(page: Page, tmp_path: Path) -> None:
    await says(page, "Slack asks: was this you?")
    assert buttons_of(question_of(await recorded(page))) == [f"countersign_{x}" for x in ("yes", "no", "details")]
    await shot(page, tmp_path, "asked")
    await page.click(DETAILS)
    await expect(page.locator("#modal-body")).to_contain_text("All 4 calls, counted", timeout=WAIT_MS)
    await page.click("#modal-close")
    await page.click(YES)
    await expect(page.locator("#push")).to_contain_text("and 3 more", timeout=WAIT_MS)
    await says(page, "Now Duo asks")
    await shot(page, tmp_path, "pushed")
    await page.click(".approve")
    await says(page, "Verified: you said Yes and Duo confirmed it. Nobody was paged.")
    await expect(page.locator("#incidents")).to_have_text("Quiet. Nobody has been paged.")
    await expect(page.locator("#messages")).to_contain_text("You confirmed this with Duo", timeout=WAIT_MS)
    state = await recorded(page)
    assert [push["state"] for push in state["pushes"]] == ["allow"]
    assert state["incidents"] == []
    assert len(state["messages"]) == 1
    assert buttons_of(question_of(state)) == []
    told = await steps(page)
    assert told[0].startswith("7 calls arrived from production, sandbox, staging")
    assert told.index("You answered Yes") < told.index("You approved the push") < told.index("Verified")
    assert "agents/pack/" in await page.locator(".step .rule").first.inner_text()
    await shot(page, tmp_path, "verified")


async def test_no_pages_the_security_team(page: Page, tmp_path: Path) -> None:
    await page.click(NO)
    await says(page, "The security team was paged: the engineer answered No.")
    await expect(page.locator(".incident")).to_contain_text("the engineer answered No")
    await expect(page.locator("#messages")).to_contain_text(
        "there is nothing else you need to do", timeout=WAIT_MS
    )
    state = await recorded(page)
    assert state["pushes"] == []
    assert [incident["dedup_key"] for incident in state["incidents"]] == [
        f"countersign-{state['cases'][0]['row']['case_id']}"
    ]
    assert buttons_of(question_of(state)) == []
    await shot(page, tmp_path, "no")


async def test_yes_and_deny_pages_too(page: Page, tmp_path: Path) -> None:
    await page.click(YES)
    await page.click(".deny")
    await says(page, "The security team was paged: the Duo push was denied.")
    state = await recorded(page)
    assert [push["state"] for push in state["pushes"]] == ["deny"]
    assert len(state["incidents"]) == 1
    assert "the Duo push was denied" in state["incidents"][0]["summary"]
    assert "You denied the push" in await steps(page)
    await shot(page, tmp_path, "deny")


async def test_silence_reminds_once_and_pages(page: Page, tmp_path: Path) -> None:
    left = await page.locator("#now-count").inner_text()
    assert 0 < int(left.removesuffix(" s")) <= 45
    await says(page, "The security team was paged: the engineer did not answer in time.", 60_000)
    state = await recorded(page)
    assert [message["thread_ts"] is not None for message in state["messages"]] == [False, True]
    assert state["pushes"] == []
    assert len(state["incidents"]) == 1
    await expect(page.locator("#messages")).to_contain_text("There was no answer in time", timeout=WAIT_MS)
    await shot(page, tmp_path, "silence")


async def test_more_scenes_and_the_real_case_page(page: Page, tmp_path: Path) -> None:
    await page.click(NO)
    await page.wait_for_selector(".incident", timeout=WAIT_MS)
    await page.click('[data-scene="alert"]')
    await expect(page.locator(".incident")).to_have_count(2, timeout=WAIT_MS)
    assert len((await recorded(page))["messages"]) == 1
    async with page.context.expect_page() as opened:
        await page.locator("#cases a").first.click()
    console = await opened.value
    await expect(console.locator("h1")).to_have_text("AuthorizeSecurityGroupIngress")
    await expect(console.locator(".timeline")).to_contain_text("Page accepted by PagerDuty")
    assert await console.locator("button, form").count() == 0
    await page.click('[data-scene="burst"]')
    await page.wait_for_selector(YES, timeout=WAIT_MS)
    await says(page, "Slack asks: was this you?")


async def test_it_is_usable_by_keyboard_and_on_a_phone(page: Page, tmp_path: Path) -> None:
    for scheme in ("light", "dark"):
        for size in (WIDE, PHONE):
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size(size)
            await shot(page, tmp_path, f"{scheme}-{size['width']}")
            assert not await overflows(page)
    await page.locator(YES).focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await says(page, "The security team was paged: the engineer answered No.")


async def test_on_a_phone_the_banner_stays_and_the_way_out_of_the_details_is_in_view(page: Page) -> None:
    await page.set_viewport_size(PHONE)
    await page.evaluate("window.scrollTo(0, 1200)")
    await expect(page.locator("#now-count")).to_be_in_viewport()
    await page.evaluate(
        "window.scrollTo(0, document.getElementById('messages').getBoundingClientRect().top + 200)"
    )
    await page.locator(DETAILS).click()
    await expect(page.locator("#modal-close")).to_be_in_viewport()
    await expect(page.locator("#modal-close")).to_be_focused()
    assert "amazonaws" not in await page.locator("#modal-body").inner_text()
    for button in await page.locator(".actions button:visible, .close:visible").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


async def test_a_second_run_folds_the_first_away(page: Page) -> None:
    await page.click(NO)
    await says(page, "The security team was paged")
    await page.locator("#now-again").click()
    await page.wait_for_selector(YES, timeout=WAIT_MS)
    runs = page.locator(".run")
    await expect(runs).to_have_count(2)
    assert [await one.get_attribute("open") for one in await runs.all()] == ["", None]


async def test_a_demo_that_was_stopped_says_so_and_takes_no_click(tmp_path: Path) -> None:
    chromium()
    with DemoPage(tmp_path / "demo") as demo:
        async with browser() as opened:
            page = await opened.new_page(viewport=PHONE)
            await page.goto(demo.url)
            await page.wait_for_selector(YES, timeout=WAIT_MS)
            demo.leave()
            await says(page, "The demo has stopped. Start it again with: make demo")
            assert await page.locator("main button:not([disabled])").count() == 0
            await page.wait_for_timeout(600)
            await says(page, "The demo has stopped.")
            assert not await overflows(page)


async def test_another_site_cannot_press_the_buttons(page: Page) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Host": "evil.example"}):
        answer = await page.request.post(f"{page.url}demo/scene", headers=headers, data='{"name": "alert"}')
        assert answer.status in {403, 415}
    for path, body in (
        ("click", {"channel": "x"}),
        ("tap", {"txid": "x", "answer": "allow"}),
        ("scene", {"name": "x"}),
    ):
        assert (await page.request.post(f"{page.url}demo/{path}", data=body)).status == 409
