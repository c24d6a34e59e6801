"""Pipeline: `countersign run` as a child process of the demo, started, watched and stopped by its own id."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import aiohttp

READY_S = 40.0
STOP_S = 20.0
LINES_KEPT = 40


FOREIGN = ("COUNTERSIGN_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "AWS_")
"""What the child must not inherit: settings beat the file, and the demo talks to nobody but this machine."""


class PipelineError(Exception):
    """The child ended, or was not ready in time; the text holds the last lines it wrote."""


class Pipeline:
    """The whole product in one child, as an operator starts it. `url` is its gateway's address."""

    def __init__(self, config: Path, url: str, log_file: Path) -> None:
        self.url = url
        self._config = config
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the child and wait until its gateway says that it is ready.

        Raises:
            PipelineError: it ended, or was not ready within 40 s.
        """
        with self._log_file.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "agents.cli.main", "run", "--config", str(self._config)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(),
                # Ctrl-C reaches the demo alone, which then stops the child in order.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(READY_S):
                await self._until_ready()
        except TimeoutError:
            raise PipelineError(
                f"the pipeline was not ready within {READY_S:.0f} s\n{self.last_lines()}"
            ) from None

    async def stop(self) -> None:
        """SIGTERM, then, if it has to be, SIGKILL for it and what it started."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            # The child leads a session of its own, so its id is the group of everything it started.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            await process.wait()

    async def died(self) -> None:
        """Return when the child has ended by itself."""
        assert self._process is not None
        await self._process.wait()

    def last_lines(self) -> str:
        """What the child wrote last."""
        text = self._log_file.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-LINES_KEPT:])

    async def _until_ready(self) -> None:
        assert self._process is not None
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while True:
                if self._process.returncode is not None:
                    code = self._process.returncode
                    raise PipelineError(f"the pipeline ended with exit code {code}\n{self.last_lines()}")
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.15)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(FOREIGN)}
