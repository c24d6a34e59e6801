"""The supervisor's lives: what it counts, what it pages, and that nothing but a stop ends it."""

import asyncio
import os
import time
from collections.abc import Callable

import pytest
from structlog.testing import capture_logs

from agents.supervisor import supervisor as module
from agents.supervisor.child import Child
from agents.supervisor.supervisor import Supervisor
from streams.shell.halt import EXIT_CODE

FASTER = 1_000
SECONDS = (
    "SILENCE_S",
    "FIRST_PAUSE_S",
    "LONGEST_PAUSE_S",
    "CRASHES_WITHIN_S",
    "HEALTH_EVERY_S",
    "WATCHDOG_PAUSE_S",
)
WAIT_S = 5.0


class Watching:
    """A watchdog that keeps what the supervisor tells it, and dies of `faults` first."""

    def __init__(self, *faults: Exception) -> None:
        self.told: list[tuple[str, str]] = []
        self.starts = 0
        self.runs = 0
        self.faults = list(faults)
        self.page_faults: list[Exception] = []

    async def run(self) -> None:
        self.runs += 1
        if self.faults:
            raise self.faults.pop(0)
        await asyncio.sleep(WAIT_S)

    def child_starts(self) -> None:
        self.starts += 1

    async def page_pipeline(self, kind: str, summary: str, detail: str) -> None:
        if self.page_faults:
            raise self.page_faults.pop(0)
        if (kind, summary) not in self.told:
            self.told.append((kind, summary))


class Life:
    """A child whose `watch` runs as a test says; it is ready as long as `ready` is set."""

    pid = 1
    ready_once = False

    def __init__(self, watch: Callable[["Life", float], object], *, ready: bool = False) -> None:
        self._watch = watch
        self.ready = ready
        self.left = asyncio.Event()

    async def watch(self, silence_s: float) -> object:
        return await self._watch(self, silence_s)

    def said_ready(self) -> bool:
        return self.ready

    async def leave(self) -> int:
        self.left.set()
        return 0


@pytest.fixture(autouse=True)
def _a_thousand_times_faster(monkeypatch):
    for name in SECONDS:
        monkeypatch.setattr(module, name, getattr(module, name) / FASTER)


@pytest.fixture
def started(monkeypatch):
    """Say what each start gives: a life, or an exception to raise; counts the starts."""

    def say(start):
        starts = []

        async def begin(_arguments):
            starts.append(len(starts) + 1)
            given = start(starts[-1])
            if isinstance(given, Exception):
                raise given
            return given

        monkeypatch.setattr(module.Child, "start", begin)
        return starts

    return say


async def lived(watching, until):
    """Run a supervisor until something holds; its exit code once it was stopped."""
    supervisor = Supervisor([], watching)
    running = asyncio.create_task(supervisor.run())
    async with asyncio.timeout(WAIT_S):
        while not until() and not running.done():  # noqa: ASYNC110 - what is waited for is no event
            await asyncio.sleep(0.001)
    supervisor._stop.set()
    return await asyncio.wait_for(running, WAIT_S)


async def hangs(_life, silence_s):
    await asyncio.sleep(silence_s)
    return -9


async def waits(life, _silence_s):
    """Beats on, in whatever state it is."""
    await asyncio.wait_for(life.left.wait(), WAIT_S)
    return 0


async def test_children_that_hang_from_their_start_on_are_paged(started):
    starts = started(lambda _number: Life(hangs))
    watching = Watching()
    assert await lived(watching, lambda: ("child", "the pipeline dies again and again") in watching.told) == 0
    assert len(starts) >= module.CRASHES
    assert watching.starts == len(starts)


async def test_a_machine_that_starts_no_process_is_paged_and_tried_again(started):
    starts = started(lambda number: Life(waits, ready=True) if number > 7 else BlockingIOError(11, "no process"))
    watching = Watching()
    code = await lived(watching, lambda: len(starts) > 7 and watching.told)
    assert (code, watching.told) == (0, [("child", "the pipeline dies again and again")])


async def test_a_child_that_is_never_ready_is_paged_though_it_beats(started):
    started(lambda _number: Life(waits))
    watching = Watching()
    await lived(watching, lambda: watching.told)
    ((kind, summary),) = watching.told
    assert kind == "child"
    assert summary.startswith("no pipeline has been ready for")


async def test_a_child_that_is_ready_pages_nobody(started):
    started(lambda _number: Life(waits, ready=True))
    watching = Watching()
    looks = module.UNREADY_LOOKS * module.HEALTH_EVERY_S
    began = asyncio.get_running_loop().time()
    await lived(watching, lambda: asyncio.get_running_loop().time() > began + 3 * looks)
    assert watching.told == []


async def test_a_watchdog_that_dies_is_run_again_and_the_child_lives_on(started):
    starts = started(lambda _number: Life(waits, ready=True))
    watching = Watching(OSError(28, "no space left"), RuntimeError("no thread left"))
    assert await lived(watching, lambda: watching.runs >= 3) == 0
    assert len(starts) == 1


async def test_a_page_about_the_pipeline_that_fails_is_tried_again(started):
    started(lambda _number: Life(hangs))
    watching = Watching()
    watching.page_faults = [OSError(24, "too many open files"), RuntimeError("no thread left")]
    assert await lived(watching, lambda: watching.told) == 0
    assert watching.page_faults == []


async def test_a_refusal_to_start_ends_the_supervisor_with_it(started):
    async def refuses(_life, _silence_s):
        return 3

    started(lambda _number: Life(refuses))
    assert await lived(Watching(), lambda: False) == 3


async def test_a_child_that_cannot_be_started_leaves_no_descriptor_open(monkeypatch):
    async def full(*_command, **_options):
        raise BlockingIOError(11, "no process")

    opened = []
    pipe = os.pipe
    monkeypatch.setattr("agents.supervisor.child.os.pipe", lambda: opened.append(pipe()) or opened[-1])
    monkeypatch.setattr("agents.supervisor.child.asyncio.create_subprocess_exec", full)
    with pytest.raises(BlockingIOError):
        await Child.start([])
    await asyncio.sleep(0.01)
    assert [still_open(descriptor) for descriptor in opened[0]] == [False, False]


def still_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("code", "abandoned", "kinds"), [(4, True, ["log"]), (4, False, []), (3, True, [])])
async def test_who_refuses_a_log_that_is_there_pages_once_before_it_leaves(started, code, abandoned, kinds):
    async def refuses(_life, _silence_s):
        return code

    started(lambda _number: Life(refuses))
    watching = Watching()
    assert await Supervisor([], watching, abandoned=lambda: abandoned).run() == code
    assert [kind for kind, _ in watching.told] == kinds


async def test_a_disk_that_is_full_at_the_start_is_paged_and_tried_on(started):
    async def is_full(_life, _silence_s):
        return EXIT_CODE

    starts = started(lambda number: Life(waits, ready=True) if number > 7 else Life(is_full))
    watching = Watching()
    assert await lived(watching, lambda: len(starts) > 7 and watching.told) == 0
    assert watching.told == [("child", "the pipeline dies again and again")]


class Process:
    """A process that ends when it is killed."""

    pid = 1

    def __init__(self) -> None:
        self.killed = asyncio.Event()

    def kill(self) -> None:
        self.killed.set()

    async def wait(self) -> int:
        await self.killed.wait()
        return -9


async def test_a_freeze_longer_than_a_silence_kills_no_child_that_beats():
    process, beats = Process(), asyncio.StreamReader()
    watching = asyncio.create_task(Child(process, beats).watch(0.5))
    await asyncio.sleep(0)
    time.sleep(0.7)  # noqa: ASYNC251 - what a freeze does to the loop
    for _ in range(5):
        await asyncio.sleep(0.1)
        beats.feed_data(b"+")
    assert not process.killed.is_set()
    assert await asyncio.wait_for(watching, WAIT_S) == -9


@pytest.mark.parametrize(("code", "level"), [(0, "info"), (70, "error")])
async def test_a_child_that_left_in_order_is_no_error(started, code, level):
    async def ends(_life, _silence_s):
        return code

    starts = started(lambda number: Life(ends) if number == 1 else Life(waits, ready=True))
    with capture_logs() as lines:
        await lived(Watching(), lambda: len(starts) > 1)
    assert [line["log_level"] for line in lines if line["event"] == "child_ended"] == [level]
