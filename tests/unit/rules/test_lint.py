"""Warnings of rules check: rules that load and never match, never decide, or rest on what CloudTrail cuts off."""

import pytest

from agents.rulebook.book import open_rulebook
from agents.rulebook.lint import lint

RULE = """\
id: team.rule
title: A rule
action: alert
match:
  eventSource: [quux.amazonaws.com]
  eventName: [CreateWidget]
because: it matters
tests:
  - {name: fires, event: {eventSource: quux.amazonaws.com, eventName: CreateWidget}, expect: alert}
  - {name: leaves, event: {eventSource: quux.amazonaws.com, eventName: ListWidgets}, expect: none}
"""
SECOND = RULE.replace("team.rule", "team.second")


def warned(folder, text) -> list[str]:
    file = folder / "iam.yaml"
    file.write_text(text, encoding="utf-8")
    book = open_rulebook([file])
    assert not book.faults, book.faults
    return [str(fault).replace(f"{folder}/", "") for fault in lint(book.own, book.drafts)]


def with_field(line: str) -> str:
    return RULE.replace("  eventName: [CreateWidget]\n", f"  eventName: [CreateWidget]\n  {line}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            with_field("recipientAccountId: [111122223333]"),
            (
                "iam.yaml:7:23: warning: this can never match: CloudTrail writes recipientAccountId as a text: "
                "put the value in quotes [CS-R060]"
            ),
        ),
        (
            with_field('userIdentity: {accountId: [{numeric: ["=", 5]}]}'),
            (
                "iam.yaml:7:29: warning: this can never match: CloudTrail writes userIdentity.accountId as a text"
                ": put the value in quotes [CS-R060]"
            ),
        ),
        (
            RULE.replace("eventSource: [quux.amazonaws.com]", "eventSource: [IAM]"),
            (
                'iam.yaml:5:17: warning: this can never match: no call has the eventSource "IAM": did you mean '
                '"iam.amazonaws.com"? [CS-R060]'
            ),
        ),
        (
            RULE.replace("eventName: [CreateWidget]", 'eventName: ["iam:CreateUser"]'),
            (
                "iam.yaml:6:15: warning: this can never match: an eventName is the call alone: did you mean "
                '"CreateUser"? [CS-R060]'
            ),
        ),
        (
            RULE + "except: {eventSource: [{suffix: .amazonaws.com}]}\n",
            "iam.yaml:11:9: warning: this can never fire: except takes away every call that match gives [CS-R060]",
        ),
        (
            RULE
            + "---\n"
            + SECOND.replace("eventName: [CreateWidget]", "eventName: [CreateWidget, Other]")
            + "risk: 9\n",
            (
                "iam.yaml:5:3: warning: team.second (alert) fires on every call of this rule, so it never decides "
                "[CS-R061]"
            ),
        ),
        (
            RULE
            + "---\n"
            + SECOND.replace("action: alert", "action: notify").replace("expect: alert", "expect: notify"),
            (
                "iam.yaml:16:3: warning: team.rule (alert) fires on every call of this rule, so it never decides "
                "[CS-R061]"
            ),
        ),
        (
            RULE + "---\n" + SECOND,
            (
                "iam.yaml:16:3: warning: team.rule (alert) fires on every call of this rule, so it never decides "
                "[CS-R061]"
            ),
        ),
        (
            with_field('userAgent: [{suffix: "terraform"}]'),
            (
                "iam.yaml:7:15: warning: CloudTrail cuts userAgent off after about 1 KB: match its beginning, "
                "with prefix [CS-R062]"
            ),
        ),
        (
            with_field('errorMessage: [{wildcard: "*denied"}]'),
            (
                "iam.yaml:7:18: warning: CloudTrail cuts errorMessage off after about 1 KB: match its beginning, "
                "with prefix [CS-R062]"
            ),
        ),
        (
            with_field('requestParameters: {policy: [{wildcard: "*AdministratorAccess*"}]}'),
            (
                "iam.yaml:7:32: warning: where CloudTrail leaves requestParameters out, being too large, this "
                "alert only notifies [CS-R062]"
            ),
        ),
        (
            RULE.partition("  - {name: leaves")[0],
            (
                "iam.yaml:9:3: warning: no test expects none: write a call that this rule should leave alone "
                "[CS-R063]"
            ),
        ),
        (
            RULE.replace("expect: alert", "expect: none"),
            "iam.yaml:9:3: warning: no test expects alert: write a call that this rule should fire on [CS-R063]",
        ),
    ],
)
def test_a_warning_says_what_and_how_to_mend_it(tmp_path, text, expected):
    assert expected in warned(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        with_field('userAgent: [{wildcard: "*terraform*"}, {prefix: x}]'),
        with_field("recipientAccountId: [111122223333, '111122223333']"),
        with_field("requestParameters: {count: [5]}"),
        RULE + "except: {eventSource: [quux.amazonaws.com], errorCode: [{exists: true}]}\n",
        RULE + "---\n" + SECOND.replace("  eventName: [CreateWidget]", "  eventName: [Other]"),
        RULE + "---\n" + SECOND + "risk: 5\nexcept: {errorCode: [x]}\n",
        RULE + "---\n" + SECOND + "except: {errorCode: [x]}\nstage: shadow\naccept: [CS-R061]\n",
        with_field('userAgent: [{suffix: "terraform"}]') + "accept: [CS-R062]\n",
        RULE + "when: {actor: {kind: [person]}}\n---\n" + SECOND.replace("CreateWidget", "Other"),
    ],
)
def test_what_is_right_is_not_warned_of(tmp_path, text):
    assert warned(tmp_path, text) == []


def test_a_rule_in_shadow_or_with_conditions_covers_nothing(tmp_path):
    narrow = SECOND.replace("action: alert", "action: notify").replace("expect: alert", "expect: notify")
    for more in ("stage: shadow\n", "when: {actor: {kind: [person]}}\n", "except: {errorCode: [x]}\n"):
        assert warned(tmp_path, RULE + more + "---\n" + narrow) == []


REPLACING = """
id: team.user
title: A user made, and only noted
action: log
stage: shadow
replaces: countersign.iam.user-created
match:
  eventSource: [iam.amazonaws.com]
  eventName: [CreateUser]
  errorCode: [{exists: false}]
because: it matters
tests:
  - {name: made, event: {eventSource: iam.amazonaws.com, eventName: CreateUser}, expect: log}
  - {name: listed, event: {eventSource: iam.amazonaws.com, eventName: ListUsers}, expect: none}
"""


def test_a_rule_in_shadow_is_not_covered_by_the_one_that_it_is_to_replace(tmp_path):
    assert warned(tmp_path, REPLACING) == []
    assert "[CS-R061]" in " ".join(warned(tmp_path, REPLACING.replace("replaces: countersign", "#")))


def test_the_pack_never_misses_nor_stands_in_its_own_way():
    book = open_rulebook([])
    found = [fault for fault in lint(book.drafts, book.drafts) if fault.code != "CS-R062"]
    assert found == []
