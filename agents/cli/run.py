"""The verb `run`: every role in one process on the embedded log, under its supervisor."""

from pathlib import Path

import rich_click as click

from agents.cli.options import chosen_config, config_option
from agents.cli.voice import Voice


@click.command()
@config_option
@click.option("--child", is_flag=True, hidden=True, help="Be the supervised process.")
@click.option("--beat-fd", type=int, hidden=True, help="Where the child tells that its loop turns.")
def run(config: Path | None, *, child: bool, beat_fd: int | None) -> None:
    """Run the whole pipeline on this machine, restarted and watched by a supervisor.

    SIGTERM leaves within 30 s and loses nothing.
    """
    from agents.running import run_child, run_supervised

    chosen, voice = chosen_config(config), Voice.of_this_call()
    if child:
        raise SystemExit(run_child(chosen, voice.log_level, beat_fd))
    same = [] if chosen is None else ["--config", str(chosen)]
    raise SystemExit(run_supervised(chosen, voice.log_level, [*same, *voice.arguments]))
