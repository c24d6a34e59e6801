"""Points: where a worker may die: every step of its agents, by agent."""

_SHELL = ("leased.append", "agent.outputs")
_STEPS = {
    "triage": (*_SHELL, "agent.changes", "agent.acknowledge"),
    "cases": (*_SHELL, "agent.changes", "agent.acknowledge"),
    "timers": ("timers.append",),
    "pager": (
        "agent.acknowledge",
        "pagerduty.trigger",
        "pagerduty.call",
        "patience.attempt",
        "effect.report",
        "report.append",
    ),
    "prompter": (
        "agent.acknowledge",
        "slack.open",
        "slack.post",
        "slack.update",
        "slack.history",
        "slack.call",
        "patience.attempt",
        "effect.report",
        "report.append",
    ),
    "challenger": (
        "agent.acknowledge",
        "duo.preauth",
        "duo.push",
        "duo.status",
        "duo.call",
        "patience.attempt",
        "effect.report",
        "report.append",
    ),
    "shell": ("claims.append",),
}
POINTS = [
    f"{agent}:{step}.{side}" for agent, steps in _STEPS.items() for step in steps for side in ("before", "after")
]
WALKED = (
    "agents/timers.py",
    "agents/effect_tasks.py",
    "agents/reporting.py",
    "agents/pager.py",
    "agents/prompter.py",
    "agents/challenger.py",
    "agents/paging.py",
    "agents/clients/slack.py",
    "agents/clients/duo.py",
    "agents/clients/pagerduty.py",
    "agents/clients/patience.py",
    "streams/shell/pipeline.py",
    "streams/shell/lease.py",
    "streams/shell/claims.py",
)
"""The files whose every step is a place to die."""

BESIDE = {"slack.identity", "slack.members", "slack.person", "slack.view", "duo.check", "pagerduty.probe"}
"""Steps in these files that no worker passes: the doctor's, the gateway's and the imports'."""
