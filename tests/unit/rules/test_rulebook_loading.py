"""Loading: what a rule becomes, what replaces what, and when the version changes."""

import pytest

from agents.decisions.rules import CallContext
from agents.rulebook.book import load_rules, open_rulebook
from agents.rulebook.cases import run_tests
from streams.settings.fault import FaultsFound

RULE = """\
id: {id}
title: A rule
action: {action}
match:
  - eventSource: [iam.amazonaws.com]
    eventName: [CreateUser]
  - eventName: [Other]
except: {{userIdentity: {{userName: [terraform]}}}}
because: it
  matters
group_by: event
timing: {{prompt_timeout_s: 600}}
limits: {{pages_per_account_hour: 3}}
runbook: Ask.
risk: 7
{more}
tests:
  - {{name: fires, event: {{eventSource: iam.amazonaws.com, eventName: CreateUser}}, expect: {action}}}
"""


def written(folder, name="a.yaml", rule_id="team.rule", action="alert", more=""):
    file = folder / name
    file.write_text(RULE.format(id=rule_id, action=action, more=more))
    return file


def rule_of(ruleset, rule_id):
    return next((rule for rule in ruleset.rules if rule.id == rule_id), None)


def test_a_rule_has_everything_its_document_says(tmp_path):
    rule = rule_of(load_rules([written(tmp_path)]), "team.rule")
    assert (rule.title, rule.because, rule.runbook) == ("A rule", "it matters", "Ask.")
    assert rule.group_by == ["event"]
    assert rule.timing == {"prompt_timeout_s": 600}
    assert rule.limits == {"pages_per_account_hour": 3}
    assert (rule.risk, rule.guard) == (27, False)


def test_a_rule_adds_to_the_pack(tmp_path):
    ruleset = load_rules([written(tmp_path)])
    call = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
    assert [one.rule.id for one in ruleset.matching(call, CallContext())] == [
        "team.rule",
        "countersign.iam.user-created",
    ]
    excepted = call | {"userIdentity": {"userName": "terraform"}}
    assert [one.rule.id for one in ruleset.matching(excepted, CallContext())] == ["countersign.iam.user-created"]


@pytest.mark.parametrize("own", ["countersign.iam.user-created", "team.user"])
def test_a_rule_replaces_one_of_the_pack(tmp_path, own):
    file = written(tmp_path, rule_id=own, action="log", more="replaces: countersign.iam.user-created")
    call = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
    found = load_rules([file]).matching(call, CallContext())
    assert [(one.rule.id, str(one.action)) for one in found] == [(own, "log")]


def test_a_rule_in_shadow_takes_no_other_out_of_force(tmp_path):
    more = "stage: shadow\nreplaces: countersign.root.used"
    root = {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "userIdentity": {"type": "Root"}}
    book = open_rulebook([written(tmp_path, action="log", more=more)])
    assert not book.faults
    fired = {one.rule.id: str(one.action) for one in book.ruleset.matching(root, CallContext())}
    assert fired["countersign.root.used"] == "alert"
    assert fired["team.rule"] == "log"
    assert all(one.passed for one in run_tests(book.ruleset.rules, book.tests))
    live = load_rules([written(tmp_path, action="log", more=more.replace("shadow", "live"))])
    assert rule_of(live, "countersign.root.used") is None


def test_a_rule_in_shadow_needs_another_id_than_the_one_that_it_is_to_replace(tmp_path):
    taken = "countersign.root.used"
    book = open_rulebook([written(tmp_path, rule_id=taken, more=f"stage: shadow\nreplaces: {taken}")])
    (fault,) = book.faults
    assert (fault.code, fault.message) == (
        "CS-R009",
        f'"{taken}" stays in force while this rule is in shadow: give it another id until it is live',
    )
    assert str(rule_of(book.ruleset, taken).action) == "alert"


def test_guards_are_there_whatever_the_files_say(tmp_path):
    guards = {rule.id for rule in load_rules([]).rules if rule.guard}
    assert guards >= {
        f"countersign.guard.{name}" for name in ("trail-stopped", "own-rule", "own-topic", "own-queue")
    }
    for guard in guards:
        for changes in ({"more": f"replaces: [{guard}]"}, {"rule_id": guard, "action": "log"}):
            book = open_rulebook([written(tmp_path, **changes)])
            assert [fault.code for fault in book.faults] == ["CS-R011"]
            assert rule_of(book.ruleset, guard).guard


def test_the_version_follows_what_decides_and_nothing_else(tmp_path):
    version = load_rules([written(tmp_path)]).version
    commented = tmp_path / "b.yaml"
    commented.write_text("# the same\n" + (tmp_path / "a.yaml").read_text().replace("name: fires", "name: burns"))
    assert load_rules([commented]).version == version
    assert load_rules([written(tmp_path, action="log")]).version != version
    assert load_rules([]).version == load_rules([]).version != version


def test_a_failing_test_says_what_the_rule_gave(tmp_path):
    file = written(tmp_path)
    file.write_text(file.read_text().replace("expect: alert", "expect: none"))
    book = open_rulebook([file])
    [failed] = [one for one in run_tests(book.ruleset.rules, book.tests) if not one.passed]
    fault = str(failed.fault()).replace(f"{tmp_path}/", "")
    assert fault == 'a.yaml:18:5: team.rule: test "fires" expects none, the rule gives alert [CS-R052]'


def test_a_test_may_say_who_called_and_when(tmp_path):
    file = written(tmp_path, more="when: {age_s: {max: 60}, actor: {kind: [workload]}}")
    head = file.read_text().partition("  - {name")[0]
    event = "event: {eventName: Other}"
    file.write_text(
        head
        + f"  - {{name: unknown, {event}, expect: alert}}\n"
        + f"  - {{name: old, {event}, age_s: 61, expect: none}}\n"
        + f"  - {{name: a person, {event}, actor: {{kind: person}}, expect: none}}\n"
        + f"  - {{name: a robot, {event}, age_s: 1, actor: {{kind: workload, confidence: none}}, expect: alert}}\n"
    )
    book = open_rulebook([file])
    assert not book.faults
    assert all(one.passed for one in run_tests(book.ruleset.rules, book.tests))


def test_who_called_is_read_from_the_event_unless_the_test_says_it(tmp_path):
    """A service is never asked, so a test that expects it would promise what the pipeline does not do."""
    file = written(tmp_path, action="notify", more="when: {actor: {kind: [person, service]}}")
    head = file.read_text().partition("  - {name")[0]
    service = "userIdentity: {type: AWSService, invokedBy: x.amazonaws.com}"
    user = "userIdentity: {type: IAMUser, accountId: '111122223333', userName: ada}"
    file.write_text(
        head
        + f"  - {{name: a service, event: {{eventName: Other, {service}}}, expect: log}}\n"
        + f"  - {{name: a user, event: {{eventName: Other, {user}}}, expect: notify}}\n"
        + "  - {name: a role, event: {eventName: Other, userIdentity: {type: AssumedRole}}, expect: none}\n"
        + f"  - {{name: said, event: {{eventName: Other, {service}}}, actor: {{kind: person}}, expect: notify}}\n"
        + "  - {name: said to be one, event: {eventName: Other}, actor: {kind: service}, expect: log}\n"
        + "  - {name: nobody, event: {eventName: Other}, expect: notify}\n"
    )
    book = open_rulebook([file])
    assert not book.faults
    assert [str(one.fault()) for one in run_tests(book.ruleset.rules, book.tests) if not one.passed] == []


def test_a_rule_about_named_people_takes_a_caller_whom_no_test_names_for_one(tmp_path):
    file = written(tmp_path, action="notify", more="when: {actor: {person: [ada]}}")
    head = file.read_text().partition("  - {name")[0]
    user = "event: {eventName: Other, userIdentity: {type: IAMUser, accountId: '1', userName: ada}}"
    file.write_text(
        head
        + f"  - {{name: a user, {user}, expect: notify}}\n"
        + f"  - {{name: grace, {user}, actor: {{person: grace}}, expect: none}}\n"
    )
    book = open_rulebook([file])
    assert [str(one.fault()) for one in run_tests(book.ruleset.rules, book.tests) if not one.passed] == []


def test_a_test_may_say_what_came_before(tmp_path):
    more = "when: {count: {min: 3, within_s: 60}, since_last_s: {min: 10}}"
    head = written(tmp_path, more=more).read_text().partition("  - {name")[0]
    event = "event: {eventName: Other}"
    (tmp_path / "a.yaml").write_text(
        head
        + f"  - {{name: alone, {event}, expect: none}}\n"
        + f"  - {{name: a burst, {event}, count: 3, expect: none}}\n"
        + f"  - {{name: a slow burst, {event}, count: 3, since_last_s: 20, expect: alert}}\n"
        + f"  - {{name: too long ago, {event}, count: 3, since_last_s: 61, expect: none}}\n"
    )
    book = open_rulebook([tmp_path / "a.yaml"])
    assert not book.faults
    assert [str(one.fault()) for one in run_tests(book.ruleset.rules, book.tests) if not one.passed] == []


def test_faults_raise(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("id: x\n")
    with pytest.raises(FaultsFound):
        load_rules([file])


def test_two_hundred_files_are_read_in_one_go(tmp_path):
    """How fast is measured by benchmarks/scenarios/rules.py."""
    for number in range(200):
        written(tmp_path, f"{number}.yaml", rule_id=f"team.rule-{number}")
    book = open_rulebook([tmp_path])
    assert not book.faults
    assert len(book.own) == 200
