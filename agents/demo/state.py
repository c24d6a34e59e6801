"""State: all that the demo's page shows, as one JSON value."""

from msgspec import Struct

from agents.demo.company import ACCOUNTS
from agents.demo.stage import Stage
from agents.demo.story import Step
from agents.demo.timing import Wait, waits
from agents.gateway import present
from agents.standins.duo import DuoPush
from agents.standins.pagerduty import Incident
from agents.standins.slack_state import SlackMessage, SlackView
from streams.records.case import Case

STEPS_SHOWN = 200


class CaseNow(Struct, frozen=True):
    """A case as the page shows it; `url` is its page at the real gateway."""

    row: present.Row
    url: str


class DemoState(Struct, frozen=True):
    """What the stand-ins recorded and what the log tells; `steps` are the last of `step_count`."""

    now_ms: int
    trouble: str | None
    messages: list[SlackMessage]
    views: list[SlackView]
    pushes: list[DuoPush]
    incidents: list[Incident]
    steps: list[Step]
    step_count: int
    cases: list[CaseNow]
    waits: list[Wait]
    gateway_url: str


def state_of(stage: Stage) -> DemoState:
    """The state of a stage that has started."""
    standins = stage.standins
    return DemoState(
        now_ms=stage.clock(),
        trouble=stage.trouble,
        messages=standins.slack.messages,
        views=standins.slack.views,
        pushes=standins.duo.pushes,
        incidents=standins.pagerduty.incidents,
        steps=stage.story.steps[-STEPS_SHOWN:],
        step_count=len(stage.story.steps),
        cases=[_case(stage, case) for case in [*stage.view.open_cases(), *stage.view.ended_cases()]],
        waits=waits(stage.timing),
        gateway_url=stage.pipeline.url,
    )


def _case(stage: Stage, case: Case) -> CaseNow:
    url = f"{stage.pipeline.url}/cases/{case.case_id}"
    return CaseNow(present.row(case, ACCOUNTS), url)
