"""Document: one YAML document of a rules file, read into a rule and its tests."""

import re
from typing import Any, NamedTuple

from agents.decisions.case.opening import GROUP_BY
from agents.decisions.rules.rule import GUARD_PREFIX, RANK, Rule
from agents.rulebook.ask import read_ask
from agents.rulebook.cases import RuleTest, read_tests
from agents.rulebook.codes import WARNINGS, Code
from agents.rulebook.conditions import read_when
from agents.rulebook.overrides import LIMITS, TIMING, read_overrides
from agents.rulebook.page import Page
from agents.rulebook.patterns import read_patterns
from streams.records.verdict import Action
from streams.settings.fault import Fault
from streams.settings.located import Located

_HINTS = {
    "id": "name it in small letters, as in team.iam.user-made",
    "title": "say in a few words what happened",
    "action": "write log, notify or alert",
    "match": "say which calls it is about",
    "because": "say in one line why such a call matters",
    "tests": "write at least one call that it should or should not fire on",
}
REQUIRED = tuple(_HINTS)
KEYS = (
    *REQUIRED,
    "except",
    "when",
    "group_by",
    "timing",
    "limits",
    "ask",
    "runbook",
    "risk",
    "stage",
    "replaces",
    "accept",
)

ID = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
_DEFAULT_RISK = 4
STAGES = ("live", "shadow")


class Draft(NamedTuple):
    """A rule without faults of its own, its tests, the ids it replaces, and the warnings that it lives with."""

    rule: Rule
    tests: list[RuleTest]
    replaces: list[str]
    located: Located
    accepts: list[str]


def read_document(located: Located) -> tuple[Draft | None, list[Fault]]:
    """The rule of a document, or every fault in it."""
    page = Page(located)
    if not isinstance(located.value, dict):
        page.fault((), "a rule is a mapping that begins with id, title and action", Code.NOT_A_RULE)
        return None, page.faults
    page.keys((), located.value, KEYS, Code.UNKNOWN_KEY, "key")
    for key in REQUIRED:
        if key not in located.value:
            code = Code.NO_TESTS if key == "tests" else Code.MISSING_KEY
            page.fault((), f"the rule has no {key}: {_HINTS[key]}", code)
    rule = _read_rule(page)
    tests = read_tests(page, rule.id) if "tests" in located.value else []
    replaces = _read_texts(page, "replaces")
    draft = Draft(rule, tests, replaces, located, _read_accepts(page))
    faults = sorted(page.faults, key=lambda fault: (fault.line, fault.column))
    return (None if faults else draft), faults


def _read_rule(page: Page) -> Rule:
    document = page.value
    match, patterns = read_patterns(page, "match") if "match" in document else ((), [])
    unless, exceptions = read_patterns(page, "except") if "except" in document else ((), [])
    action = _read_action(page)
    rule_id = _read_id(page)
    return Rule(
        id=rule_id,
        title=_read_text(page, "title"),
        action=action,
        because=_read_text(page, "because"),
        match=match,
        unless=unless,
        when=read_when(page) if "when" in document else None,
        group_by=_read_group_by(page),
        timing=read_overrides(page, "timing", TIMING),
        limits=read_overrides(page, "limits", LIMITS),
        ask=read_ask(page),
        runbook=_read_text(page, "runbook"),
        guard=rule_id.startswith(GUARD_PREFIX),
        shadow=_read_stage(page) == "shadow",
        risk=RANK[action] * 10 + _read_risk(page),
        patterns=patterns,
        exceptions=exceptions,
    )


def _read_text(page: Page, key: str) -> str:
    value = page.value.get(key)
    if key not in page.value or not page.is_a((key,), value, str):
        return ""
    if not value.strip():
        page.fault((key,), f"{key} is empty", Code.WRONG_TYPE)
    return " ".join(value.split())


def _read_texts(page: Page, key: str) -> list[str]:
    value = page.value.get(key, [])
    listed: Any = [value] if isinstance(value, str) else value
    if not page.is_a((key,), listed, list):
        return []
    return [item for index, item in enumerate(listed) if page.is_a((key, index), item, str)]


def _read_accepts(page: Page) -> list[str]:
    codes = _read_texts(page, "accept")
    for index, code in enumerate(codes):
        if code not in WARNINGS:
            page.unknown(("accept", index), "warning", code, WARNINGS, Code.UNKNOWN_WORD)
    return codes


def _read_group_by(page: Page) -> list[str]:
    words = _read_texts(page, "group_by")
    for index, word in enumerate(words):
        if word not in GROUP_BY:
            page.unknown(("group_by", index), "grouping", word, GROUP_BY, Code.UNKNOWN_GROUPING)
    return words


def _read_id(page: Page) -> str:
    value = page.value.get("id")
    if "id" not in page.value or not page.is_a(("id",), value, str):
        return ""
    if not ID.fullmatch(value):
        message = (
            f'"{value}" is no id: small letters, digits and single . _ - between them, as in team.iam.user-made'
        )
        page.fault(("id",), message, Code.BAD_ID)
    return str(value)


def _read_action(page: Page) -> Action:
    value = page.value.get("action", Action.LOG)
    if not isinstance(value, str) or value not in list(Action):
        page.unknown(("action",), "action", str(value), list(Action), Code.UNKNOWN_ACTION)
        return Action.LOG
    return Action(value)


def _read_stage(page: Page) -> str:
    value = page.value.get("stage", "live")
    if value not in STAGES:
        page.unknown(("stage",), "stage", str(value), STAGES, Code.UNKNOWN_STAGE)
        return "live"
    return str(value)


def _read_risk(page: Page) -> int:
    value = page.value.get("risk", _DEFAULT_RISK)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 9:
        page.fault(("risk",), "risk must be a whole number from 0 to 9", Code.WRONG_TYPE)
        return _DEFAULT_RISK
    return value
