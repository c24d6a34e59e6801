"""Stand-ins in a thread of their own, for what shares no event loop with them: synchronous tests, the CLI."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from agents.standins.together import StandIns

T = TypeVar("T")
CALL_S = 30.0


class StandInThread:
    """The stand-ins on an event loop of their own; `run` does a coroutine there and waits for it."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.standins = StandIns(folder, **options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand-ins", daemon=True)

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = CALL_S) -> T:
        """The result of a coroutine that touches the stand-ins, such as a click."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self.standins.start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.run(self.standins.stop())
        self.run(asyncio.sleep(0.05))  # transports that are closing need the loop once more
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_S)
        self._loop.close()
