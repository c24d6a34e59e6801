"""Play: the demo from its start to its end, in a browser or by itself."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from aiohttp import web

from agents.demo.endings import Ending, Player
from agents.demo.folder import DemoFolder
from agents.demo.pipeline import PipelineError
from agents.demo.server import DemoServer
from agents.demo.stage import Stage
from agents.demo.teller import Teller
from agents.demo.timing import PAGE, QUICK
from agents.plain_words import system_words
from streams.clock import wall_clock
from streams.settings.model import TimingSettings


async def play_ending(ending: Ending, data: Path | None) -> bool:
    """Play one ending and print the story; whether it was reached."""
    teller = Teller(wall_clock)
    async with _until_stopped() as stopped, _stage(data, QUICK, teller) as stage:
        playing = asyncio.create_task(Player(stage, ending, teller.tell).play())
        stopped.add_done_callback(lambda _: playing.cancel())
        try:
            reached = await playing
        except asyncio.CancelledError:
            return False
        if stage.trouble:
            teller.note(stage.trouble)
        recorded = stage.standins
        teller.note(
            f"Slack messages {len(recorded.slack.messages)}, Duo pushes {len(recorded.duo.pushes)}, "
            f"PagerDuty incidents {len(recorded.pagerduty.incidents)}"
        )
        teller.note(f"ending {ending}: {'reached' if reached else 'NOT reached'}")
        return reached


async def play_page(data: Path | None, port: int, *, open_browser: bool) -> None:
    """Serve the page until Ctrl-C or SIGTERM."""
    teller = Teller(wall_clock)
    async with _until_stopped() as stopped, _stage(data, PAGE, teller) as stage:
        runner = web.AppRunner(DemoServer(stage).app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await _serve(runner, port)
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            teller.note(f"open {url} - you are the engineer; Ctrl-C ends the demo")
            if open_browser and _has_display():
                await asyncio.to_thread(webbrowser.open, url)
            await stopped
        finally:
            await runner.cleanup()


async def _serve(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
    except OSError as error:
        raise PipelineError(
            f"port {port} cannot be had: {system_words(error)}; leave --port out for a free one"
        ) from None


@contextlib.asynccontextmanager
async def _stage(data: Path | None, timing: TimingSettings, teller: Teller) -> AsyncIterator[Stage]:
    with _folder(data) as folder:
        stage = Stage(DemoFolder(folder), timing, say=teller.note)
        try:
            await stage.start()
            yield stage
        finally:
            await stage.stop()


@contextlib.contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """The folder that was asked for, which stays, or a temporary one, which does not.

    Raises:
        PipelineError: the folder holds something already.
    """
    if data is None:
        with tempfile.TemporaryDirectory(prefix="countersign-demo-") as folder:
            yield Path(folder)
        return
    data.mkdir(parents=True, exist_ok=True)
    if any(data.iterdir()):
        raise PipelineError(f"{data} is not empty: the demo begins in an empty folder")
    yield data


@contextlib.asynccontextmanager
async def _until_stopped() -> AsyncIterator["asyncio.Future[None]"]:
    """A future that Ctrl-C and SIGTERM complete, so that everything is stopped in order."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[None] = loop.create_future()

    def stop() -> None:
        if not stopped.done():
            stopped.set_result(None)

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    try:
        yield stopped
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


def _has_display() -> bool:
    """Whether a browser would get a window of its own and not this terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
