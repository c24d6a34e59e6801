"""Demo: `countersign demo`, the whole pipeline on this machine with you as the engineer."""

import asyncio
import sys
from pathlib import Path

import rich_click as click

ENDINGS = ("verified", "no", "deny", "silence")


@click.command()
@click.option(
    "--ending",
    type=click.Choice(ENDINGS),
    help="Play one ending without a browser and print the story; exit 0 when it was reached, 1 when not.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demo's files in this empty folder instead of a temporary one.",
)
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port of the page; 0 takes a free one.")
@click.option("--no-open", is_flag=True, help="Print the page's address and open no browser.")
def demo(ending: str | None, data: Path | None, port: int, *, no_open: bool) -> None:
    """Play the main job offline: CloudTrail calls of three accounts, a question, a push, a page.

    Slack, Duo and PagerDuty are stand-ins on loopback; the pipeline is the real one, on the embedded log.
    """
    from agents.demo.endings import Ending
    from agents.demo.pipeline import PipelineError
    from agents.demo.play import play_ending, play_page

    try:
        if ending is None:
            asyncio.run(play_page(data, port, open_browser=not no_open))
        elif not asyncio.run(play_ending(Ending(ending), data)):
            sys.exit(1)
    except PipelineError as error:
        click.echo(f"countersign demo: {error}", err=True)
        sys.exit(4)
