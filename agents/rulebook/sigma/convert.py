"""Convert: a Sigma rule for CloudTrail as rules of ours, or the lines of what ours cannot say."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from agents.rulebook.cases import run_tests
from agents.rulebook.codes import Code
from agents.rulebook.document import read_document
from agents.rulebook.sigma.condition import Alternative, CannotSay, alternatives
from agents.rulebook.sigma.selection import Pattern, patterns, sample, together
from streams.settings.fault import Fault
from streams.settings.located import Located, Path, documents

ACTIONS = {"critical": "alert", "high": "alert", "medium": "notify", "low": "log", "informational": "log"}
NO_RUNBOOK = "Say what the responder does first."
NOT_TESTED = {"eventSource": "none.amazonaws.com", "eventName": "Nothing"}


class Converted:
    """What became of a file: the text of our rules, and the faults of what could not be said."""

    def __init__(self) -> None:
        self.rules: list[dict[str, Any]] = []
        self.faults: list[Fault] = []

    def text(self) -> str:
        """The rules as a file; each begins in shadow."""
        return "---\n".join(
            yaml.safe_dump(rule, sort_keys=False, allow_unicode=True, width=110) for rule in self.rules
        )


def convert(file: str, text: str) -> Converted:
    """Each document of a Sigma file; one that is not for CloudTrail, or cannot be said whole, gives no rule."""
    converted = Converted()
    found, faults = documents(file, text, str(Code.NO_YAML))
    converted.faults += faults
    for located in found:
        if isinstance(located.value, dict):
            _convert(located, converted)
        elif located.value is not None:
            converted.faults.append(located.fault((), "this is no Sigma rule", str(Code.SIGMA)))
    return converted


def _convert(located: Located, converted: Converted) -> None:
    value = located.value
    source = value.get("logsource")
    if not isinstance(source, Mapping) or source.get("service") != "cloudtrail":
        converted.faults.append(_fault(located, ("logsource",), "this rule is not about aws cloudtrail"))
        return
    detection = value.get("detection")
    if not isinstance(detection, Mapping) or "condition" not in detection:
        converted.faults.append(_fault(located, ("detection",), "a Sigma rule has a detection with a condition"))
        return
    selections = {str(name): one for name, one in detection.items() if name not in ("condition", "timeframe")}
    said, faults = _said(located, selections)
    if "timeframe" in detection:
        message = "this counts over time: write when: {count: {min: 5, within_s: 600}}"
        faults.append(_fault(located, ("detection", "timeframe"), message))
    conditions = detection["condition"]
    listed = conditions if isinstance(conditions, list) else [conditions]
    try:
        ways = [one for condition in listed for one in alternatives(str(condition), list(selections))]
    except CannotSay as problem:
        faults.append(_fault(located, ("detection", "condition"), str(problem)))
        ways = []
    converted.faults += faults
    if not faults:
        _rules(located, ways, said, converted)


def _fault(located: Located, path: Path, message: str) -> Fault:
    return located.fault(path, message, str(Code.SIGMA), at_key=path in located.keys)


def _said(located: Located, selections: Mapping[str, Any]) -> tuple[dict[str, list[Pattern]], list[Fault]]:
    """Each selection as patterns; field by field, so that every one that cannot be said is named with its line."""
    said: dict[str, list[Pattern]] = {}
    faults: list[Fault] = []
    for name, selection in selections.items():
        before = len(faults)
        maps = selection if isinstance(selection, list) else [selection]
        for index, one in enumerate(maps):
            inner: Path = ("detection", name, index) if isinstance(selection, list) else ("detection", name)
            for key, value in one.items() if isinstance(one, Mapping) else ():
                faults += _problem(located, (*inner, str(key)), {key: value})
        if len(faults) == before:
            try:
                said[name] = patterns(selection)
            except CannotSay as problem:
                faults.append(_fault(located, ("detection", name), str(problem)))
    return said, faults


def _problem(located: Located, path: Path, fields: Mapping[str, Any]) -> Iterable[Fault]:
    try:
        patterns(fields)
    except CannotSay as problem:
        yield _fault(located, path, str(problem))


def _rules(
    located: Located, ways: list[Alternative], said: Mapping[str, list[Pattern]], converted: Converted
) -> None:
    """One rule for all alternatives that refuse the same; the tests of each are run before it is given out."""
    by_refused: dict[frozenset[str], list[Alternative]] = {}
    for way in ways:
        by_refused.setdefault(way.refused, []).append(way)
    made = []
    try:
        for number, (refused, group) in enumerate(by_refused.items(), start=1):
            match = [pattern for way in group for pattern in _match(way, said)]
            unless = [pattern for name in sorted(refused) for pattern in said[name]]
            made.append(_rule(located.value, "" if len(by_refused) == 1 else f"-{number}", match, unless))
    except CannotSay as problem:
        converted.faults.append(_fault(located, ("detection", "condition"), str(problem)))
        return
    problems = [message for rule in made for message in _wrong(rule)]
    converted.faults += [_fault(located, ("detection",), message) for message in dict.fromkeys(problems)]
    if not problems:
        converted.rules += made


def _match(way: Alternative, said: Mapping[str, list[Pattern]]) -> list[Pattern]:
    if not way.needed:
        raise CannotSay("the condition says only what must not be, and a rule says what must")
    found: list[Pattern] = [{}]
    for name in sorted(way.needed):
        found = [together(one, other) for one in found for other in said[name]]
    return found


def _rule(value: Mapping[str, Any], suffix: str, match: list[Pattern], unless: list[Pattern]) -> dict[str, Any]:
    title = " ".join(str(value.get("title", "untitled")).split())
    action = ACTIONS.get(str(value.get("level")), "notify")
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "untitled"
    about = " ".join(str(value.get("description", title)).split())
    rule: dict[str, Any] = {"id": f"sigma.{slug}{suffix}", "title": title, "action": action, "stage": "shadow"}
    rule["match"] = match if len(match) > 1 else match[0]
    if unless:
        rule["except"] = unless if len(unless) > 1 else unless[0]
    tests = [
        {"name": "what Sigma selects", "event": sample(match[0]), "expect": action},
        {"name": "another call", "event": NOT_TESTED, "expect": "none"},
    ]
    return rule | {"because": about, "runbook": NO_RUNBOOK, "tests": tests}


def _wrong(rule: dict[str, Any]) -> list[str]:
    """What our own reader says of the rule, and of its tests."""
    text = yaml.safe_dump(rule, sort_keys=False, allow_unicode=True)
    [located], faults = documents("sigma", text, str(Code.NO_YAML))
    draft, found = read_document(located)
    if draft is None:
        return [fault.message for fault in [*faults, *found]]
    return [result.fault().message for result in run_tests([draft.rule], draft.tests) if not result.passed]
