"""Policy: rules, people and numbers of a configuration, ready to judge calls by."""

import hashlib
import json
from typing import NamedTuple

from agents.decisions.directory import Directory
from agents.decisions.judge import Policy
from agents.people.loader import People, read_survey, text_of
from agents.rulebook.book import Rulebook, open_texts
from agents.rulebook.drafts import rule_texts
from agents.rulebook.files import rule_files
from agents.texts.catalog import load_texts
from streams.records.publication import SourceText
from streams.settings.fault import Fault, FaultsFound
from streams.settings.model import Mode, Settings

HOUR_MS = 3_600_000


class Sources(NamedTuple):
    """What a version of rules and people is made from, but for the pack; `people` is None without such a file."""

    rules: list[SourceText]
    people: SourceText | None


class Judging(NamedTuple):
    """The policy, and what it came from: the rulebook (titles, files and runbooks to read), and the texts."""

    policy: Policy
    book: Rulebook
    sources: Sources


def load_policy(settings: Settings) -> Judging:
    """Everything a judgement depends on; the texts of the questions are only checked.

    Raises:
        FaultsFound: every fault of the rules, the people and the texts.
    """
    sources, faults = _read(settings)
    try:
        judging = build(settings, sources)
    except FaultsFound as found:
        faults += found.faults
    try:
        load_texts(settings.slack.texts)
    except FaultsFound as found:
        faults += found.faults
    if faults:
        raise FaultsFound(faults)
    return judging


def build(settings: Settings, sources: Sources) -> Judging:
    """A policy from texts, with the numbers of these settings; the same texts and pack give the same version.

    Raises:
        FaultsFound: every fault of the rules and the people.
    """
    book = open_texts(sources.rules)
    faults = list(book.faults)
    people: People | None = None
    if sources.people is not None:
        try:
            people = read_survey(*_named(sources.people))
        except FaultsFound as found:
            faults += found.faults
    if faults:
        raise FaultsFound(faults)
    policy = Policy(
        rules=book.ruleset,
        directory=people.directory if people is not None else Directory([], []),
        timing=settings.timing.record(),
        limits=settings.limits.record(),
        lateness_ms=settings.limits.lateness_h * HOUR_MS,
        observe=settings.run.mode is Mode.OBSERVE,
        grant_wait_ms=settings.timing.grant_wait_s * 1_000,
        feeds=frozenset(account for feed in settings.feeds for account in (*feed.topics.values(), *feed.accounts)),
        people_version=_people_version(people) if people is not None else "",
    )
    return Judging(policy, book, sources)


def _read(settings: Settings) -> tuple[Sources, list[Fault]]:
    """The files of a configuration as they are now, and why some cannot be read."""
    files, faults = rule_files(list(settings.rules.paths))
    texts, unread = rule_texts(files)
    faults = [*faults, *unread]
    path, people = settings.people.path, None
    if path is not None:
        try:
            people = SourceText(str(path), text_of(path, "the people file"))
        except FaultsFound as found:
            faults += found.faults
    return Sources(texts, people), faults


def _named(source: SourceText) -> tuple[str, str]:
    return source.name, source.text


def _people_version(people: People) -> str:
    """A hash of what the file says; comments, blanks and the order of keys do not change it."""
    canonical = json.dumps(people.located.value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:8]
