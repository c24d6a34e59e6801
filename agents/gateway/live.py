"""Live: keeps a case view fresh, and wakes the open pages when something changed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import structlog

from agents.gateway.case_view import CaseView
from agents.plain_words import plain_words
from streams.records.case import Case
from streams.shell.failpoints import step

POLL_S = 0.25
FRESH_POLLS = 3
"""How long a link to a case may be ahead of the view: whoever clicks it at once must not find nothing."""
QUEUED = 200
FIRST_LOOK_S = 2.0
"""Changes a slow browser may be behind; then it is told to load the page again."""

log = structlog.get_logger()


class Live:
    """Polls the view, and gives each open page its own bounded queue of changes."""

    def __init__(self, view: CaseView, *, poll_s: float = POLL_S) -> None:
        self.view = view
        self._poll_s = poll_s
        self._pages: set[asyncio.Queue[Case | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._stop_listening = view.listen(self._spread)
        self._looked = asyncio.Event()
        self.trouble: str | None = None

    async def start(self) -> None:
        """Begin to poll; returns after the first look, unless the log takes long to answer."""
        self._task = asyncio.create_task(self._run(), name="case view")
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_LOOK_S):
                await self._looked.wait()

    async def stop(self) -> None:
        """End the polling."""
        self._stop_listening()
        self.release()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def release(self) -> None:
        """Let every open page go, so that a server that stops need not wait for its readers."""
        for queue in self._pages:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    async def changes(self, beat_s: float) -> AsyncGenerator[Case | None]:
        """Each change until `release`; None when nothing changed for `beat_s`: a sign of life."""
        queue: asyncio.Queue[Case | None] = asyncio.Queue(QUEUED)
        self._pages.add(queue)
        try:
            while True:
                try:
                    case = await asyncio.wait_for(queue.get(), beat_s)
                except TimeoutError:
                    yield None
                    continue
                if case is None:
                    return
                yield case
        finally:
            self._pages.discard(queue)

    async def _run(self) -> None:
        while True:
            await self._poll()
            catching_up = self.trouble is None and not self.view.caught_up
            await asyncio.sleep(0 if catching_up else self._poll_s)

    async def find(self, case_id: str) -> Case | None:
        """The case; one that the view has not heard of may have been opened since the last poll."""
        for _ in range(FRESH_POLLS):
            if (case := self.view.get(case_id)) is not None:
                return case
            await asyncio.sleep(self._poll_s)
        return self.view.get(case_id)

    async def _poll(self) -> None:
        """Read beside the loop, for a log may take its time; change what the pages show inside it."""
        try:
            self.view.apply(await step("view.fetch", asyncio.to_thread(self.view.fetch)))
        except Exception as error:  # noqa: BLE001 - the pages stay up and /readyz says why they are stale
            if self.trouble is None:
                log.warning("case_view_stale", fault=type(error).__name__, error=str(error))
            self.trouble = f"the log cannot be read: {plain_words(error)}"
        else:
            self.trouble = None
        self._looked.set()

    def _spread(self, cases: list[Case]) -> None:
        for queue in self._pages:
            for case in cases[-QUEUED:]:
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(case)
