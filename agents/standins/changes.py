"""Changes: how a live page, or a test, waits until something happened at a stand-in."""

import asyncio


class Changes:
    """A count of changes that can be waited for; it belongs to the event loop that waits."""

    def __init__(self) -> None:
        self.count = 0
        self._happened = asyncio.Event()

    def happened(self) -> None:
        """Count one change and wake whoever waits."""
        self.count += 1
        self._happened.set()
        self._happened = asyncio.Event()

    async def wait(self, beyond: int, timeout_s: float) -> int:
        """The count once it is over `beyond`, or as it is when the time is up."""
        try:
            async with asyncio.timeout(timeout_s):
                while self.count <= beyond:
                    await self._happened.wait()
        except TimeoutError:
            pass
        return self.count
