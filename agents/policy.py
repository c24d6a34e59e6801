"""Policy: rules, people and numbers of a configuration, ready to judge calls by."""

from typing import NamedTuple

from agents.decisions.directory import Directory
from agents.decisions.judge import Policy
from agents.people.loader import load_people
from agents.rulebook.book import Rulebook, open_rulebook
from agents.texts.catalog import load_texts
from streams.settings.fault import FaultsFound
from streams.settings.model import Mode, Settings

HOUR_MS = 3_600_000


class Judging(NamedTuple):
    """The policy, and the rulebook it came from: titles, files and runbooks for people to read."""

    policy: Policy
    book: Rulebook


def load_policy(settings: Settings) -> Judging:
    """Everything a judgement depends on; the texts of the questions are only checked.

    Raises:
        FaultsFound: every fault of the rules, the people and the texts.
    """
    book = open_rulebook(list(settings.rules.paths))
    faults = list(book.faults)
    directory = Directory([], [])
    if settings.people.path is not None:
        try:
            directory = load_people(settings.people.path)
        except FaultsFound as found:
            faults += found.faults
    try:
        load_texts(settings.slack.texts)
    except FaultsFound as found:
        faults += found.faults
    if faults:
        raise FaultsFound(faults)
    policy = Policy(
        rules=book.ruleset,
        directory=directory,
        timing=settings.timing.record(),
        limits=settings.limits.record(),
        lateness_ms=settings.limits.lateness_h * HOUR_MS,
        observe=settings.run.mode is Mode.OBSERVE,
        grant_wait_ms=settings.timing.grant_wait_s * 1_000,
        feeds=frozenset(account for feed in settings.feeds for account in (*feed.topics.values(), *feed.accounts)),
    )
    return Judging(policy, book)
