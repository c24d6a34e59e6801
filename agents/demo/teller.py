"""Teller: prints the story as it happens, for the demo without a browser."""

import click

from agents.demo.story import Step
from streams.clock import Clock

COLOURS = {"good": "green", "bad": "red", "wait": "yellow"}


class Teller:
    """Writes each step with the seconds since the start; colours only on a terminal."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_ms = clock()

    def note(self, text: str) -> None:
        """A line about the demo itself."""
        click.echo(f"{self._elapsed()}  {'demo':<10}{text}")

    def tell(self, step: Step) -> None:
        """A step of the story: what happened, which rules, which file."""
        action = f" -> {step.action}" if step.action else ""
        title = click.style(step.title + action, fg=COLOURS.get(step.tone), bold=True)
        click.echo(f"{self._elapsed()}  {step.stage:<10}{title}")
        for rule in step.rules:
            click.echo(f"{'':<19}rule {rule.rule_id} in {rule.file}: {rule.title}")
        click.echo(f"{'':<19}{step.text}")
        click.echo(click.style(f"{'':<19}log {step.topic}, decided in {step.file}", dim=True))

    def _elapsed(self) -> str:
        return f"{(self._clock() - self._began_ms) / 1000:5.1f} s"
