"""Judging: the settings and the policy by which a verb judges recorded calls."""

import os
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from agents.cli.near_paths import near
from agents.cli.options import DEFAULT_CONFIG, chosen_config, has_config
from agents.cli.output import note
from agents.decisions.judge import Policy
from agents.policy import load_policy
from streams.settings.load import load
from streams.settings.model import PeopleSettings, RulesSettings, Settings


class Judging(NamedTuple):
    """What recorded calls are judged by."""

    settings: Settings
    policy: Policy


def judging(config: Path | None) -> Judging:
    """By the configuration that there is; without one by the default pack, with no people.

    Without one neither rules/ nor people.yaml here count. What is assumed then is told on standard error, as
    is that nobody is known.

    Raises:
        FaultsFound: every fault of the configuration, or of the rules and people it names.
    """
    if not has_config(config):
        settings = replace(Settings(), rules=RulesSettings(paths=()), people=PeopleSettings(path=None))
        note(_ASSUMED)
        return Judging(settings, load_policy(settings).policy)
    settings = load(chosen_config(config), os.environ)
    policy = load_policy(settings).policy
    if not policy.directory.people:
        file = settings.people.path
        why = near(f"{file} names no person") if file else "the configuration names no people file (people.path)"
        note(f"nobody is known, for {why}: {_SO}")
    return Judging(settings, policy)


_SO = "whatever would be a question pages instead"
_ASSUMED = (
    f"no configuration: there is no {DEFAULT_CONFIG} here. Assumed are the default rules alone and nobody known, "
    f"so {_SO}; --config PATH names a configuration"
)
