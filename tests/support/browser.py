"""A real browser: the system's chromium, driven by playwright."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def chromium() -> str:
    """The browser's path. Without one the test is skipped, and in CI it fails."""
    path = shutil.which("chromium")
    if path is None and os.environ.get("CI") == "true":
        pytest.fail("CI needs chromium: the browser tests must not be skipped there")
    if path is None:
        pytest.skip("no chromium on this machine: the browser tests need one")
    return path


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A browser of its own."""
    path = chromium()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield opened
        finally:
            await opened.close()


class Watch:
    """What a page did that a page of ours must not do: script errors, CSP reports, dialogs, calls elsewhere."""

    def __init__(self, page: Page, *allowed: str) -> None:
        self.wrong: list[str] = []
        page.on("pageerror", lambda error: self.wrong.append(f"error {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog {dialog.message}"))
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("request", lambda request: self._asked(request.url, allowed))

    def _said(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.wrong.append(f"{kind} {text}")

    def _asked(self, url: str, allowed: tuple[str, ...]) -> None:
        if not url.startswith(allowed):
            self.wrong.append(f"asked {url}")


async def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return bool(wide > 0)
