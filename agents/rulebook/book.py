"""Book: all rules in force, the pack and the user's, or every fault that keeps them from being so."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agents.decisions.rules.rule import GUARD_PREFIX
from agents.decisions.rules.ruleset import RuleSet
from agents.rulebook.cases import RuleTest
from agents.rulebook.codes import Code
from agents.rulebook.document import Draft
from agents.rulebook.drafts import packed_drafts, read_text, rule_texts
from agents.rulebook.files import rule_files
from streams.records.publication import SourceText
from streams.settings.fault import Fault, FaultsFound, nearest


class Rulebook(NamedTuple):
    """The rules in force, the tests of all of them, where each stands, and the faults that were found.

    `drafts` are all rules as they were read, `own` those of the user's among them.
    """

    ruleset: RuleSet
    tests: list[RuleTest]
    origins: dict[str, str]
    faults: list[Fault]
    drafts: list[Draft]
    own: list[Draft]


def load_rules(paths: Sequence[Path]) -> RuleSet:
    """The rules of these files and folders, added to the pack and the guards, which are always in force.

    Raises:
        FaultsFound: with every fault of every file.
    """
    book = open_rulebook(paths)
    if book.faults:
        raise FaultsFound(book.faults)
    return book.ruleset


def open_rulebook(paths: Sequence[Path]) -> Rulebook:
    """The rules without faults, their tests, and all faults."""
    files, faults = rule_files(paths)
    texts, unread = rule_texts(files)
    return open_texts(texts, [*faults, *unread])


def open_texts(texts: Sequence[SourceText], found_before: Sequence[Fault] = ()) -> Rulebook:
    """The same of texts that are read already, with the faults that reading them found."""
    faults = list(found_before)
    packed = {draft.rule.id: draft for draft in packed_drafts()}
    own: dict[str, Draft] = {}
    for text in texts:
        drafts, found = read_text(text)
        faults += found
        for draft in drafts:
            faults += _admit(draft, packed, own)
    faults += [fault for draft in own.values() for fault in _wrong_replacements(draft, packed)]
    live = (draft for draft in own.values() if not draft.rule.shadow)  # one in shadow takes nothing out of force
    for rule_id in {rule_id for draft in live for rule_id in draft.replaces}:
        if not rule_id.startswith(GUARD_PREFIX):
            packed.pop(rule_id, None)
    drafts = [*packed.values(), *own.values()]
    rules = [draft.rule for draft in drafts]
    origins = {draft.rule.id: f"{draft.located.file}:{draft.located.place(()).line}" for draft in drafts}
    tests = [test for draft in drafts for test in draft.tests]
    return Rulebook(RuleSet(rules, _version(drafts)), tests, origins, faults, drafts, list(own.values()))


def _admit(draft: Draft, packed: dict[str, Draft], own: dict[str, Draft]) -> list[Fault]:
    """Take a rule of the user's in, unless its id is taken or reserved."""
    rule_id = draft.rule.id
    if rule_id.startswith(GUARD_PREFIX):
        message = f"ids {GUARD_PREFIX}* are guards: they can be neither replaced nor added; choose another id"
        return [draft.located.fault(("id",), message, str(Code.GUARD))]
    replaces_itself = rule_id in draft.replaces and rule_id in packed
    if replaces_itself and draft.rule.shadow:
        message = f'"{rule_id}" stays in force while this rule is in shadow: give it another id until it is live'
        return [draft.located.fault(("id",), message, str(Code.REPEATED_ID))]
    other = own.get(rule_id) or (packed.get(rule_id) if not replaces_itself else None)
    if other is not None:
        where = f"{other.located.file}:{other.located.place(('id',)).line}"
        message = f'the id "{rule_id}" is taken by {where}: choose another, or write replaces: {rule_id}'
        return [draft.located.fault(("id",), message, str(Code.REPEATED_ID))]
    own[rule_id] = draft
    return []


def _wrong_replacements(draft: Draft, packed: dict[str, Draft]) -> list[Fault]:
    """What a rule of the user's says it replaces and cannot."""
    faults: list[Fault] = []
    for index, rule_id in enumerate(draft.replaces):
        path = ("replaces", index) if isinstance(draft.located.value["replaces"], list) else ("replaces",)
        if rule_id.startswith(GUARD_PREFIX):
            message = f'"{rule_id}" is a guard: it can be neither replaced nor turned off'
            faults.append(draft.located.fault(path, message, str(Code.GUARD)))
        elif rule_id not in packed:
            message = f'no rule of the pack has the id "{rule_id}"{nearest(rule_id, packed)}'
            faults.append(draft.located.fault(path, message, str(Code.REPLACES_NOTHING)))
    return faults


def _version(drafts: Sequence[Draft]) -> str:
    """A hash of everything that decides; comments, blanks and the order of files do not change it."""
    sources = {
        draft.rule.id: {key: value for key, value in draft.located.value.items() if key != "tests"}
        for draft in drafts
    }
    canonical = json.dumps(sources, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
