"""Whom a notify call is asked of, by confidence: the person, the account's owner, or nobody, which pages."""

import pytest

from agents.decisions.asking import Asking, asking
from agents.decisions.directory import Account, Directory, Person
from agents.decisions.identity import route
from agents.people.loader import read_people
from agents.rulebook.book import open_rulebook
from agents.texts import message
from agents.texts.catalog import default_texts
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.effect import Page, Prompt
from streams.settings.fault import FaultsFound
from tests.support import checker
from tests.support.flow import Flow, policy, replies
from tests.support.sessions import A, B, assume, made, session, user

LOW = Actor(ActorKind.UNKNOWN, None, "x", Confidence.LOW, "nothing proves it", A)
ADA = Actor(ActorKind.PERSON, "ada", "ada", Confidence.HIGH, "IAM user ada")
MEDIUM = Actor(ActorKind.PERSON, "ada", "ada", Confidence.MEDIUM, "pinned")
STRANGER = Actor(ActorKind.PERSON, None, "zoe", Confidence.HIGH, "IAM user zoe", A)
ROOT = Actor(ActorKind.ROOT, None, None, Confidence.NONE, "root", A)


def directory(ask=None, owner: str | None = "grace") -> Directory:
    people = [Person("ada", "Ada", "Uada", "ada"), Person("grace", "Grace", "Ugrace", "grace")]
    return Directory([*people, Person("mute", "Mute", None, "mute")], [Account(A, "prod", owner, ask=ask or {})])


@pytest.mark.parametrize(
    ("actor", "account", "rule", "asked", "unaskable"),
    [
        (ADA, {}, {}, "ada", None),
        (MEDIUM, {}, {}, "ada", None),
        (LOW, {}, {}, None, "unattributed"),
        (LOW, {"low": "owner"}, {}, "grace", None),
        (LOW, {"none": "owner"}, {}, None, "unattributed"),
        (LOW, {}, {"low": "owner"}, "grace", None),
        (LOW, {"low": "owner"}, {"low": "page"}, None, "unattributed"),
        (LOW, {"low": "owner"}, {"medium": "page"}, "grace", None),
        (MEDIUM, {"medium": "page"}, {}, "ada", "policy"),
        (MEDIUM, {"medium": "owner"}, {}, "grace", None),
        (MEDIUM, {"medium": "owner"}, {"medium": "person"}, "ada", None),
        (ADA, {"medium": "page"}, {}, "ada", None),
        (STRANGER, {"high": "owner"}, {}, None, "unattributed"),
        (STRANGER, {"none": "owner"}, {}, "grace", None),
        (ROOT, {"none": "owner"}, {"none": "owner"}, None, "root"),
    ],
)
def test_the_rule_says_before_the_account_and_the_account_before_the_default(
    actor, account, rule, asked, unaskable
):
    def of(words):
        return {Confidence(key): Asking(word) for key, word in words.items()}

    found, why = route(actor, A, directory(of(account)), of(rule))
    assert (found.person if found else None, why) == (asked, unaskable)


def test_an_account_without_an_owner_pages():
    ask = {Confidence.LOW: Asking.OWNER}
    assert route(LOW, A, directory(ask, owner=None))[1] == "unattributed"
    assert route(LOW, None, directory(ask))[1] == "unattributed"
    assert route(LOW, B, directory(ask), ask)[1] == "unattributed"
    assert route(LOW, A, directory(ask, owner="mute"))[1] == "no_slack"


def test_every_confidence_has_a_way():
    for confidence in Confidence:
        assert asking(Actor(ActorKind.UNKNOWN, None, None, confidence, "")) is Asking.PAGE


ASK_OWNER = policy()._replace(
    directory=Directory(
        [Person("linus", "Linus", "Ulinus", "linus"), Person("ada", "Ada", "Uada", "ada")],
        [Account(A, "prod", "ada", ask={Confidence.LOW: Asking.OWNER, Confidence.NONE: Asking.OWNER})],
    )
)


def test_the_owner_is_asked_in_other_words_and_their_yes_and_push_verify():
    flow = Flow(ASK_OWNER)
    flow.calls([made(1, session("ASIA1", "deploy", "x"))])
    flow.pass_time(30_000)
    flow.pass_time(120_000)
    (prompt,) = [one for one in flow.unanswered if isinstance(one, Prompt)]
    assert (prompt.question.person, prompt.question.of_owner, prompt.question.who) == ("ada", True, "x")
    asked = message.ask(prompt.question, default_texts(), str, sealed="s", deadline_ms=0)
    assert "in an account that you own" in str(asked.blocks)
    assert "under your name" not in str(asked.blocks)
    journal = flow.settle()
    assert [str(case.state) for case in journal.last().values()] == ["verified"]
    assert checker.check_all(journal) == []


def test_the_page_of_a_case_that_the_owner_denies_does_not_say_that_the_owner_made_the_call():
    held = ASK_OWNER._replace(
        directory=Directory(
            [Person("grace", "Grace", "Ugrace", "grace")],
            [Account(A, "prod", "grace", ask={Confidence.LOW: Asking.OWNER})],
        )
    )
    flow = Flow(held)
    flow.calls([made(1, session("ASIA1", "deploy", "x"))])
    pages: list[Page] = []
    for _ in range(6):
        flow.pass_time(60_000)
        while flow.unanswered:
            effect = flow.unanswered.pop(0)
            pages += [effect] if isinstance(effect, Page) else []
            for command in replies(effect):
                flow.command(command)
    assert pages[0].summary.startswith("CreateUser by x in account")
    assert pages[0].details["asked"] == "Grace, who owns the account"


def test_contradicting_grants_page_although_the_owner_would_be_asked():
    people = [Person(name, name.title(), f"U{name}", name, iam={A: (name,)}) for name in ("ada", "linus")]
    ask = {Confidence.LOW: Asking.OWNER, Confidence.NONE: Asking.OWNER}
    flow = Flow(policy()._replace(directory=Directory(people, [Account(A, "prod", "ada", ask=ask)])))
    flow.calls([assume(1, user("ada"), "ASIA1", "deploy", "x"), assume(2, user("linus"), "ASIA1", "deploy", "x")])
    flow.calls([made(1, session("ASIA1", "deploy", "x"))])
    journal = flow.settle()
    assert {case.unaskable for case in journal.last().values() if case.kind == "question"} == {"contradicted"}


PEOPLE = """\
people:
  - id: ada
accounts:
  "111122223333": {owner: ada, ask: {low: owner, medium: page}}
"""


def test_an_account_of_the_people_file_says_whom_to_ask():
    assert read_people("p.yaml", PEOPLE).ask_policy(A) == {
        Confidence.LOW: Asking.OWNER,
        Confidence.MEDIUM: Asking.PAGE,
    }


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "low: owner",
            "low: person",
            "p.yaml:4:43: nobody is proven at confidence low: ask owner, or page [CS-P010]",
        ),
        ("low: owner", "low: boss", 'p.yaml:4:43: "boss" is no way to ask: person, owner, page [CS-P010]'),
        ("low: owner", "lwo: owner", 'p.yaml:4:38: unknown key "lwo": did you mean "low"? [CS-P003]'),
        ("owner: ada, ", "", "p.yaml:4:31: this account has no owner to ask [CS-P005]"),
    ],
)
def test_a_wrong_ask_of_an_account_is_told_with_its_place(before, after, said):
    with pytest.raises(FaultsFound) as found:
        read_people("p.yaml", PEOPLE.replace(before, after))
    assert [str(fault) for fault in found.value.faults] == [said]


RULE = """\
id: team.rule
title: A rule
action: notify
match:
  eventName: [CreateUser]
because: it matters
ask: {low: owner, medium: page}
tests:
  - name: fires
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    expect: notify
"""


def test_a_rule_says_whom_to_ask_or_is_told_what_is_wrong(tmp_path):
    file = tmp_path / "r.yaml"
    file.write_text(RULE)
    rules = open_rulebook([file]).ruleset.rules
    (rule,) = [one for one in rules if one.id == "team.rule"]
    assert rule.ask == {Confidence.LOW: Asking.OWNER, Confidence.MEDIUM: Asking.PAGE}
    for wrong, said in (
        ("low: person", "nobody is proven at confidence low: ask owner, or page [CS-R041]"),
        ("low: ownr", 'unknown way to ask "ownr": did you mean "owner"? (person, owner, page) [CS-R041]'),
        ("lo: owner", 'unknown confidence "lo": did you mean "low"? [CS-R040]'),
    ):
        file.write_text(RULE.replace("low: owner", wrong))
        (fault,) = open_rulebook([file]).faults
        assert str(fault).endswith(said)
