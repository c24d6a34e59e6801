"""Judging: the settings and the policy by which a verb judges recorded calls."""

import os
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from agents.cli.options import chosen_config, has_config
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

    Without one neither rules/ nor people.yaml here count. That nobody is known is told on standard error.

    Raises:
        FaultsFound: every fault of the configuration, or of the rules and people it names.
    """
    if has_config(config):
        settings = load(chosen_config(config), os.environ)
    else:
        settings = replace(Settings(), rules=RulesSettings(paths=()), people=PeopleSettings(path=None))
    policy = load_policy(settings).policy
    if not policy.directory.people:
        note("nobody is known, for there is no people file: whatever would be a question pages instead")
    return Judging(settings, policy)
