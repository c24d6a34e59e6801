"""Stage: the stand-ins, the pipeline and the story of one demo, started and stopped together."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

from agents.demo import records
from agents.demo.company import DUO_USER, NAME, SLACK_USER
from agents.demo.folder import DemoFolder
from agents.demo.pipeline import Pipeline
from agents.demo.story import Story
from agents.demo.trail import Trail
from agents.gateway.case_view import CaseView
from agents.gateway.rule_notes import rule_notes
from agents.rulebook.book import open_rulebook
from agents.standins.changes import Changes
from agents.standins.duo import DuoPerson
from agents.standins.slack_state import SlackPerson
from agents.standins.together import StandIns
from streams.clock import Clock, wall_clock
from streams.embedded.reader import LogReader
from streams.settings.model import TimingSettings

POLL_S = 0.1
PAUSE_S = 1.5
"""Between two deliveries of the opening, so that a reader can follow."""


class Stage:
    """One demo. `changed` counts whatever a page may want to show; `trouble` says why it stands still.

    `say` hears how the start goes on, in words.
    """

    def __init__(
        self,
        folder: DemoFolder,
        timing: TimingSettings,
        *,
        clock: Clock = wall_clock,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.timing = timing
        self.clock = clock
        self.changed = Changes()
        self.trouble: str | None = None
        self._folder = folder
        self._say = say
        self._trail = Trail(folder.feed)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._bursts = 0
        self._alerts = 0
        self._exits = contextlib.AsyncExitStack()
        self.standins: StandIns
        self.pipeline: Pipeline
        self.story: Story
        self.view: CaseView

    async def start(self) -> None:
        """Start everything, each part only once the one before it is ready.

        Raises:
            PipelineError: the pipeline ended, or did not become ready.
        """
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        self._folder.path.mkdir(parents=True, exist_ok=True)
        self.standins = StandIns(self._folder.path, push_life_ms=self.timing.push_timeout_s * 1000)
        await self._exits.enter_async_context(self.standins)
        self.standins.slack.people[SLACK_USER] = SlackPerson(SLACK_USER, NAME)
        self.standins.duo.people[DUO_USER] = DuoPerson(DUO_USER)
        self.standins.slack.interactions_url = f"{url}/slack/interactions"
        self._say("Slack, Duo and PagerDuty stand-ins answer on loopback")
        self._folder.lay_out(self._services(), f"127.0.0.1:{port}", self.timing)
        self.pipeline = Pipeline(self._folder.config, url, self._folder.path / "pipeline.log")
        self._exits.push_async_callback(self.pipeline.stop)
        await self.pipeline.start()
        self._say(f"the pipeline runs: countersign run --config {self._folder.config}")
        reader = self._exits.enter_context(LogReader(self._folder.log))
        self.story = Story(reader, rule_notes(open_rulebook([])))
        self.view = CaseView(reader)
        self._go(self._follow())
        self._go(self._watch())

    async def stop(self) -> None:
        """Stop everything, the last started first."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._exits.aclose()

    def opening(self) -> None:
        """Begin the play: routine calls, a group that is only logged, then the burst that asks."""
        self._go(self._opening())

    def burst(self) -> None:
        """Deliver one more Terraform run."""
        self._bursts += 1
        self._trail.deliver(records.burst(self.clock(), self._bursts), self.clock())

    def alert(self) -> None:
        """Deliver a security group that was opened to the world."""
        self._alerts += 1
        self._trail.deliver(records.opened_to_the_world(self.clock(), self._alerts), self.clock())

    def _services(self) -> dict[str, Any]:
        services: dict[str, Any] = dict(self.standins.settings())
        del services["slack"]["app_token"]  # with it, clicks would come over Socket Mode instead of the gateway
        return services

    async def _opening(self) -> None:
        self._trail.deliver(records.routine(self.clock()), self.clock())
        await asyncio.sleep(PAUSE_S)
        self._trail.deliver(records.group_created(self.clock()), self.clock())
        await asyncio.sleep(PAUSE_S)
        self.burst()

    async def _follow(self) -> None:
        """Notice what is new on the log and at the stand-ins."""
        seen = 0
        while True:
            fresh = [*self.story.poll(), *self.view.poll()]
            count = sum(service.changed.count for service in self.standins.all)
            if fresh or count != seen:
                seen = count
                self.changed.happened()
            await asyncio.sleep(POLL_S)

    async def _watch(self) -> None:
        await self.pipeline.died()
        self.trouble = f"The pipeline ended.\n{self.pipeline.last_lines()}"
        self.changed.happened()

    def _go(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.trouble = f"{type(error).__name__}: {error}"
            self.changed.happened()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
