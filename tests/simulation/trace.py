"""Trace: a run as lines to read: time, place, what happened."""

from typing import Any

import msgspec

from streams.records.call import CallFrame
from streams.records.call_frame import call_message
from tests.simulation.company import T0

SHOWN = ("calls", "commands", "case-log", "effects-page", "effects-slack", "effects-duo", "dead-letters")
CHARS = 230


def trace(world: Any, findings: list[str]) -> list[str]:
    """What was noted and what lies on the log, in the order of time."""
    lines = [(at_ms, 1, text) for at_ms, text in world.lines]
    for topic in SHOWN:
        for partition in range(world.log.partitions(topic)):
            for one in world.log.read(topic, partition, 0, 100_000):
                place = f"  {topic}[{partition}] {one.offset}"
                lines += [(one.timestamp_ms, 0, f"{place}: {text}") for text in _told(topic, one.value)]
    schedule = world.schedule
    head = [
        f"seed {schedule.seed}: {'embedded' if schedule.embedded else 'kafka'}, tight={schedule.tight}",
        *(f"  {field}: {getattr(schedule, field)}" for field in ("crashes", "strokes", "windows", "chances")),
    ]
    told = [f"{(at_ms - T0) / 1000:9.3f} {text}" for at_ms, _, text in sorted(lines, key=lambda one: one[:2])]
    return [*head, *told, *(f"FINDING {finding}" for finding in findings)]


def _told(topic: str, value: bytes | None) -> list[str]:
    if value is None:
        return ["nothing"]
    if topic == "calls" and isinstance(frame := call_message(value), CallFrame):
        return [_brief(msgspec.json.decode(call.record)) for call in frame.calls]
    data = msgspec.json.decode(value)
    if topic == "commands":
        return [_brief(command) for command in data["commands"]]
    return [_brief(data)]


def _brief(data: Any) -> str:
    if isinstance(data, dict):
        summary = data.get("summary")
        if isinstance(summary, dict):
            return f"call {summary['event_name']} of {data['actor_key']} {data['decision']['action']}"
        if "eventName" in data:
            caller = data["userIdentity"]
            who = caller.get("userName") or caller.get("arn") or caller["principalId"]
            return f"{data['eventName']} {data['eventID']} by {who}"
        skipped = ("question", "actor_key", "v", "details", "partition", "dedup_key")
        data = {name: value for name, value in data.items() if name not in skipped}
    return str(data)[:CHARS]
