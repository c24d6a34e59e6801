"""Child: the one process that runs everything but the watchdog; its beats say that its loop turns."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

LEAVE_S = 25.0
SLICES = 10
"""A silence is listened to in so many parts: a freeze of this very process counts as one of them at most."""
READY_BEAT = b"+"
"""What a child beats with once its pipeline is ready; before that it only says that its loop turns."""


class Child:
    """One life of the child. It gets a pipe to us as its standard input: when that closes, it leaves."""

    def __init__(self, process: asyncio.subprocess.Process, beats: asyncio.StreamReader) -> None:
        self._process = process
        self._beats = beats
        self.ready_once = False
        self._said_ready = False

    @classmethod
    async def start(cls, arguments: Sequence[str]) -> "Child":
        """Start `countersign run --child` with these further arguments.

        Raises:
            OSError, RuntimeError: the machine has no process, memory, descriptor or thread left for it.
        """
        loop = asyncio.get_running_loop()
        beats = asyncio.StreamReader()
        command = [sys.executable, "-m", "agents.cli.main", "run", "--child", "--beat-fd"]
        reading, writing = os.pipe()
        try:
            pipe = os.fdopen(reading, "rb", buffering=0)
            hearing, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(beats), pipe)
            try:
                process = await asyncio.create_subprocess_exec(
                    *command, str(writing), *arguments, stdin=asyncio.subprocess.PIPE, pass_fds=(writing,)
                )
            except BaseException:
                hearing.close()
                raise
        finally:
            os.close(writing)
        return cls(process, beats)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    async def watch(self, silence_s: float) -> int:
        """Wait until it ends; kill it when it has not beaten for so long. Returns its exit code.

        While the machine stands still neither it nor we run: only what we heard of a silence counts.
        """
        heard, slice_s = 0, silence_s / SLICES
        while heard < SLICES:
            try:
                beat = await asyncio.wait_for(self._beats.read(64), slice_s)
            except TimeoutError:
                heard += 1
                continue
            if not beat:
                return await self._process.wait()
            heard = 0
            if READY_BEAT in beat:
                self.ready_once = self._said_ready = True
        self.kill()
        return await self._process.wait()

    def said_ready(self) -> bool:
        """Whether it said that its pipeline works since this was asked last."""
        said, self._said_ready = self._said_ready, False
        return said

    def reload(self) -> None:
        """Ask it to look at the files of rules and people now."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGHUP)

    def kill(self) -> None:
        """End it at once; what it was doing comes again."""
        with suppress(ProcessLookupError):
            self._process.kill()

    async def leave(self) -> int:
        """Ask it to leave (SIGTERM), and kill it when it has not within 25 s."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.wait_for(self._process.wait(), LEAVE_S)
        except TimeoutError:
            self.kill()
            return await self._process.wait()
