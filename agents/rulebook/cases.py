"""Cases: the tests inside a rules file, and what comes of running them."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from agents.decisions.directory import Directory
from agents.decisions.identity import resolve_actor
from agents.decisions.rules.past import MAX_COUNT, Past
from agents.decisions.rules.reading import Readings
from agents.decisions.rules.rule import Rule, fired
from agents.decisions.rules.when import CallContext
from agents.rulebook.codes import Code
from agents.rulebook.page import Page, Path
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.verdict import Action
from streams.settings.fault import Fault
from streams.settings.located import Place

NONE = "none"
EXPECTATIONS = (*(str(action) for action in Action), NONE)
KEYS = ("name", "event", "expect", "age_s", "actor", "count", "since_last_s")
ACTOR_KEYS = ("kind", "confidence", "person", "groups")

_AT_MS = 1_700_000_000_000
"""When the call of a test is made: only the distance of others to it matters."""


class RuleTest(NamedTuple):
    """One call and what the rule itself should make of it; `expect` is an action or "none"."""

    rule_id: str
    name: str
    event: dict[str, Any]
    expect: str
    context: CallContext
    file: str
    place: Place


class RuleTestResult(NamedTuple):
    """A test and what the rule made of its call."""

    test: RuleTest
    actual: str

    @property
    def passed(self) -> bool:
        """Whether that is what was expected."""
        return self.actual == self.test.expect

    def fault(self) -> Fault:
        """The failure as a fault at the test's place."""
        test = self.test
        message = f'{test.rule_id}: test "{test.name}" expects {test.expect}, the rule gives {self.actual}'
        return Fault(test.file, test.place.line, test.place.column, message, str(Code.FAILED_TEST))


def run_tests(rules: Iterable[Rule], tests: Iterable[RuleTest]) -> list[RuleTestResult]:
    """Each test judged for its own rule alone, in the order given."""
    by_id = {rule.id: rule for rule in rules}
    return [_run(by_id[test.rule_id], test) for test in tests]


def _run(rule: Rule, test: RuleTest) -> RuleTestResult:
    actor = test.context.actor or _actor_of(test.event)
    context = test.context if _asks_for_names(rule) else test.context._replace(actor=actor)
    found = fired(rule, Readings(test.event), context)
    if found is None:
        return RuleTestResult(test, NONE)
    unasked = rule.action is Action.NOTIFY and actor is not None and actor.kind is ActorKind.SERVICE
    return RuleTestResult(test, str(Action.LOG if unasked else found.action))


def _actor_of(event: dict[str, Any]) -> Actor | None:
    """Who made a test's call, as its record says; None where it says nothing of it."""
    actor = resolve_actor(event, Directory())
    return None if actor.kind is ActorKind.UNKNOWN and "userIdentity" not in event else actor


def _asks_for_names(rule: Rule) -> bool:
    """Whether it asks for persons by their ids, which the people file alone can tell: a test says them itself."""
    return rule.when is not None and rule.when.actor is not None and bool(rule.when.actor.person)


def read_tests(page: Page, rule_id: str) -> list[RuleTest]:
    """The tests of a page; names are unique inside a rule."""
    listed = page.value["tests"]
    if not page.is_a(("tests",), listed, list):
        return []
    if not listed:
        page.fault(("tests",), "the rule has no tests: write at least one", Code.NO_TESTS)
    tests: list[RuleTest] = []
    for index, value in enumerate(listed):
        path: Path = ("tests", index)
        if not page.is_a(path, value, dict, Code.BAD_TEST):
            continue
        test = _read_test(page, path, value, rule_id)
        if test is None:
            continue
        if any(other.name == test.name for other in tests):
            page.fault((*path, "name"), f'the rule has two tests named "{test.name}"', Code.REPEATED_TEST)
        tests.append(test)
    return tests


def _read_test(page: Page, path: Path, value: dict[str, Any], rule_id: str) -> RuleTest | None:
    page.keys(path, value, KEYS, Code.BAD_TEST, "key of a test")
    missing = [key for key in ("name", "event", "expect") if key not in value]
    for key in missing:
        page.fault(path, f"the test has no {key}", Code.BAD_TEST)
    if missing:
        return None
    name, event, expect = value["name"], value["event"], value["expect"]
    if not isinstance(expect, str) or expect not in EXPECTATIONS:
        page.unknown((*path, "expect"), "expectation", str(expect), EXPECTATIONS, Code.BAD_TEST)
        return None
    named = page.is_a((*path, "name"), name, str, Code.BAD_TEST)
    if not page.is_a((*path, "event"), event, dict, Code.BAD_TEST) or not named:
        return None
    _check_json(page, (*path, "event"), event)
    context = _read_context(page, path, value)
    return RuleTest(rule_id, name, event, expect, context, page.located.file, page.located.place(path))


def _check_json(page: Page, path: Path, value: Any) -> None:
    """YAML knows dates and sets; a record does not."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_json(page, (*path, str(key)), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _check_json(page, (*path, index), inner)
    elif value is not None and not isinstance(value, str | int | float):
        page.fault(path, f"{value} is no JSON value: put it in quotes", Code.BAD_TEST)


def _read_context(page: Page, path: Path, value: dict[str, Any]) -> CallContext:
    for key in ("age_s", "count", "since_last_s"):
        if key in value:
            page.is_a((*path, key), value[key], int, Code.BAD_TEST)
    age, actor, groups = value.get("age_s"), value.get("actor"), None
    if actor is not None and page.is_a((*path, "actor"), actor, dict, Code.BAD_TEST):
        page.keys((*path, "actor"), actor, ACTOR_KEYS, Code.BAD_TEST, "key of an actor")
        if "groups" in actor and page.is_a((*path, "actor", "groups"), actor["groups"], list, Code.BAD_TEST):
            groups = frozenset(map(str, actor["groups"]))
    past = _past(value.get("count", 1), value.get("since_last_s"))
    return CallContext(
        age_ms=age * 1000 if isinstance(age, int) else None,
        actor=_read_actor(page, (*path, "actor"), actor) if isinstance(actor, dict) else None,
        groups=groups,
        at_ms=_AT_MS,
        past=lambda _rule_id: past,
    )


def _past(count: Any, since_s: Any) -> Past:
    """So many such calls at one time, this one among them, and one so long before."""
    before = count - 1 if isinstance(count, int) and 1 < count <= MAX_COUNT else 0
    last = (_AT_MS - since_s * 1_000,) if isinstance(since_s, int) else ()
    return Past((*last, *((last or (_AT_MS,)) * before)))


def _read_actor(page: Page, path: Path, value: dict[str, Any]) -> Actor:
    kind, confidence = value.get("kind", ActorKind.PERSON), value.get("confidence", Confidence.HIGH)
    for key, word, known in (("kind", kind, list(ActorKind)), ("confidence", confidence, list(Confidence))):
        if word not in known:
            page.unknown((*path, key), key, str(word), known, Code.BAD_TEST)
            return Actor(ActorKind.UNKNOWN, None, None, Confidence.NONE, "")
    return Actor(ActorKind(kind), value.get("person"), None, Confidence(confidence), "as the test says")
