"""Options: what several verbs take, and what each falls back to."""

import os
from pathlib import Path

import rich_click as click

from streams.settings.codes import ConfigCode
from streams.settings.environment import NOT_SETTINGS
from streams.settings.fault import Fault, FaultsFound
from streams.settings.source import PREFIX

DEFAULT_CONFIG = Path("countersign.toml")

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="COUNTERSIGN_CONFIG",
    help="The configuration; else what COUNTERSIGN_CONFIG names, else ./countersign.toml.",
)

log_option = click.option(
    "--log", type=click.Path(path_type=Path), help="The log's file, where there is no configuration at hand."
)


def has_config(config: Path | None) -> bool:
    """Whether there is a configuration at all: one that was named, one that lies here, or a variable."""
    if config is not None or DEFAULT_CONFIG.exists():
        return True
    return any(name.startswith(PREFIX) and name not in NOT_SETTINGS for name in os.environ)


def chosen_config(config: Path | None) -> Path | None:
    """The file to read; None where the environment alone is the configuration.

    Raises:
        FaultsFound: there is neither a file nor a variable.
    """
    if config is not None or DEFAULT_CONFIG.exists():
        return config or DEFAULT_CONFIG
    if has_config(config):
        return None
    message = f'there is no {DEFAULT_CONFIG} here: "countersign init" writes one, --config names one elsewhere'
    raise FaultsFound([Fault("countersign", 0, 0, message, ConfigCode.UNREADABLE)])
