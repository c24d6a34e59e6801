"""Every fault of a rules file: its place, its words and its code, as the reader meets them."""

from pathlib import Path

import pytest

from agents.rulebook.book import load_rules, open_rulebook
from streams.settings.fault import FaultsFound

GOOD = """\
id: team.rule
title: A rule
action: notify
match:
  eventSource: [iam.amazonaws.com]
  eventName: [CreateUser]
because: it matters
tests:
  - name: fires
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
    expect: notify
"""


def said(folder: Path, text: str) -> list[str]:
    """The faults of a file, with the file's own name only."""
    file = folder / "iam.yaml"
    file.write_text(text, encoding="utf-8")
    return [str(fault).replace(f"{folder}/", "") for fault in open_rulebook([file]).faults]


def with_match(line: str) -> str:
    return GOOD.replace("  eventName: [CreateUser]\n", line + "\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            GOOD.replace("action: notify", "action: notfy"),
            'iam.yaml:3:9: unknown action "notfy": did you mean "notify"? (log, notify, alert) [CS-R012]',
        ),
        (
            GOOD.replace("action: notify", "action: [notify]"),
            'iam.yaml:3:9: unknown action "[\'notify\']": did you mean "notify"? (log, notify, alert) [CS-R012]',
        ),
        (
            GOOD.replace("because:", "becuase:"),
            'iam.yaml:7:1: unknown key "becuase": did you mean "because"? [CS-R005]',
        ),
        (
            GOOD.replace("because: it matters\n", ""),
            "iam.yaml:1:1: the rule has no because: say in one line why such a call matters [CS-R006]",
        ),
        (
            GOOD.partition("tests:")[0],
            (
                "iam.yaml:1:1: the rule has no tests: write at least one call that it should or should not fire "
                "on [CS-R016]"
            ),
        ),
        (
            GOOD.partition("tests:")[0] + "tests: []\n",
            "iam.yaml:8:8: the rule has no tests: write at least one [CS-R016]",
        ),
        (
            GOOD.replace("title: A rule", "title: 7"),
            "iam.yaml:2:8: title must be a text, not a whole number: put it in quotes [CS-R007]",
        ),
        (GOOD.replace("title: A rule", 'title: ""'), "iam.yaml:2:8: title is empty [CS-R007]"),
        (
            GOOD + "group_by: [account, regoin]\n",
            (
                'iam.yaml:12:21: unknown grouping "regoin": did you mean "region"? (account, rule, event, region, '
                "source) [CS-R042]"
            ),
        ),
        (
            GOOD + "group_by: userIdentity.arn\n",
            (
                'iam.yaml:12:11: unknown grouping "userIdentity.arn" (account, rule, event, region, source) '
                "[CS-R042]"
            ),
        ),
        (GOOD + "risk: 10\n", "iam.yaml:12:7: risk must be a whole number from 0 to 9 [CS-R007]"),
        (
            GOOD.replace("id: team.rule", "id: Team Rule"),
            (
                'iam.yaml:1:5: "Team Rule" is no id: small letters, digits and single . _ - between them, as in '
                "team.iam.user-made [CS-R008]"
            ),
        ),
        (
            GOOD + "---\n" + GOOD.replace("title: A rule", "title: Another"),
            (
                'iam.yaml:13:5: the id "team.rule" is taken by iam.yaml:1: choose another, or write replaces: '
                "team.rule [CS-R009]"
            ),
        ),
        (
            GOOD.replace("team.rule", "countersign.iam.user-created"),
            (
                'iam.yaml:1:5: the id "countersign.iam.user-created" is taken by agents/pack/iam-people.yaml:1: '
                "choose another, or write replaces: countersign.iam.user-created [CS-R009]"
            ),
        ),
        (
            GOOD + "replaces: countersign.iam.user-craeted\n",
            (
                'iam.yaml:12:11: no rule of the pack has the id "countersign.iam.user-craeted": did you mean '
                '"countersign.iam.user-created"? [CS-R010]'
            ),
        ),
        (
            GOOD + "replaces: [countersign.guard.trail-stopped]\n",
            (
                'iam.yaml:12:12: "countersign.guard.trail-stopped" is a guard: it can be neither replaced nor '
                "turned off [CS-R011]"
            ),
        ),
        (
            GOOD.replace("team.rule", "countersign.guard.trail-stopped"),
            (
                "iam.yaml:1:5: ids countersign.guard.* are guards: they can be neither replaced nor added; choose "
                "another id [CS-R011]"
            ),
        ),
        (
            GOOD.replace("  eventSource: [iam.amazonaws.com]\n  eventName: [CreateUser]\n", ""),
            "iam.yaml:4:7: match is empty: it would match every call [CS-R013]",
        ),
        (GOOD + "except: []\n", "iam.yaml:12:9: except is empty: leave the key out [CS-R013]"),
        (
            with_match("  detail: {eventName: [CreateUser]}"),
            (
                'iam.yaml:6:3: "detail" is of the EventBridge envelope: a rule\'s pattern applies to the record '
                'inside "detail" [CS-R014]'
            ),
        ),
        (
            with_match("  eventname: [CreateUser]"),
            'iam.yaml:6:3: no record has a field "eventname": did you mean "eventName"? [CS-R015]',
        ),
        (
            with_match("  eventName: CreateUser"),
            "iam.yaml:6:14: eventName needs a list of values: write [CreateUser] [CS-R020]",
        ),
        (
            with_match("  eventName: []"),
            "iam.yaml:6:14: eventName has an empty list, which matches nothing [CS-R021]",
        ),
        (
            with_match("  eventName: [{prefx: Create}]"),
            (
                'iam.yaml:6:16: unknown matcher "prefx": did you mean "prefix"? (prefix, suffix, '
                "equals-ignore-case, wildcard, anything-but, numeric, cidr, exists) [CS-R022]"
            ),
        ),
        (
            with_match("  eventTime: [2026-01-02]"),
            (
                "iam.yaml:6:15: a value is a text, a number, true, false, null or a matcher, not a date (put it "
                "in quotes) [CS-R023]"
            ),
        ),
        (
            with_match("  eventName: [{prefix: 7}]"),
            "iam.yaml:6:24: prefix needs a text, not a number (put it in quotes) [CS-R023]",
        ),
        (
            with_match('  requestParameters: {port: [{numeric: [">", 5, "<", 1]}]}'),
            "iam.yaml:6:40: no number lies between 5 and 1 [CS-R024]",
        ),
        (
            with_match("  sourceIPAddress: [{cidr: 10.0.0.0/33}]"),
            (
                'iam.yaml:6:28: "10.0.0.0/33" is no network: after the slash stands a number up to 31, for IPv6 '
                "up to 127 [CS-R025]"
            ),
        ),
        (
            with_match('  eventName: [{wildcard: "a**"}]'),
            "iam.yaml:6:26: a wildcard cannot hold two stars in a row [CS-R026]",
        ),
        (
            with_match("  eventName: [{anything-but: [a, 1]}]"),
            "iam.yaml:6:30: anything-but needs texts only, or numbers only [CS-R027]",
        ),
        (
            with_match("  $or: [{eventName: [a]}]"),
            "iam.yaml:6:8: $or needs a list of at least two patterns [CS-R028]",
        ),
        (
            GOOD + "when: {agee_s: {min: 1}}\n",
            'iam.yaml:12:8: unknown condition "agee_s": did you mean "age_s"? [CS-R030]',
        ),
        (
            GOOD + "when: {count: {min: 5}}\n",
            "iam.yaml:12:15: count needs min and within_s: {min: 5, within_s: 600} [CS-R035]",
        ),
        (
            GOOD + "when: {count: {min: 1, within_s: 60}}\n",
            "iam.yaml:12:21: min must be a whole number from 2 to 50 [CS-R035]",
        ),
        (
            GOOD + "when: {since_last_s: {min: 9000000}}\n",
            "iam.yaml:12:28: min must lie between 0 and 2592000 seconds, which are 30 days [CS-R035]",
        ),
        (
            GOOD + 'when: {parameters: {name: {regex: "("}}}\n',
            (
                "iam.yaml:12:35: this is no regular expression: missing ), unterminated subpattern at position 0 "
                "[CS-R032]"
            ),
        ),
        (GOOD + "when: {age_s: 60}\n", "iam.yaml:12:15: age_s needs min, max or both: {min: 1, max: 3} [CS-R033]"),
        (
            GOOD + "when: {age_s: {min: 3, max: 1}}\n",
            "iam.yaml:12:15: nothing lies between 3 and 1 [CS-R033]",
        ),
        (
            GOOD + "when: {actor: {kind: [persn]}}\n",
            (
                'iam.yaml:12:23: unknown kind "persn": did you mean "person"? (person, workload, service, root, '
                "unknown) [CS-R034]"
            ),
        ),
        (
            GOOD + "timing: {prompt_timout_s: 600}\n",
            'iam.yaml:12:10: unknown key of timing "prompt_timout_s": did you mean "prompt_timeout_s"? [CS-R040]',
        ),
        (
            GOOD + "limits: {prompts_per_person_hour: 0}\n",
            "iam.yaml:12:35: prompts_per_person_hour must be a whole number above 0 [CS-R041]",
        ),
        (
            GOOD.replace("    expect: notify\n", "    expect: page\n"),
            'iam.yaml:11:13: unknown expectation "page" (log, notify, alert, none) [CS-R050]',
        ),
        (GOOD.replace("    expect: notify\n", ""), "iam.yaml:9:5: the test has no expect [CS-R050]"),
        (
            GOOD.replace("eventName: CreateUser}", "eventTime: 2026-01-02}"),
            "iam.yaml:10:56: 2026-01-02 is no JSON value: put it in quotes [CS-R050]",
        ),
        (
            GOOD + "  - {name: fires, event: {}, expect: none}\n",
            'iam.yaml:12:12: the rule has two tests named "fires" [CS-R051]',
        ),
        (
            GOOD + "stage: shaddow\n",
            'iam.yaml:12:8: unknown stage "shaddow": did you mean "shadow"? (live, shadow) [CS-R017]',
        ),
        (
            GOOD + "accept: [CS-R052]\n",
            (
                'iam.yaml:12:10: unknown warning "CS-R052": did you mean "CS-R062"? (CS-R060, CS-R061, CS-R062, '
                "CS-R063) [CS-R034]"
            ),
        ),
        (
            with_match("  sourceIPAddress: [{cidr: 10.0.0.1/32}]"),
            (
                'iam.yaml:6:28: "10.0.0.1/32" is one address, which EventBridge refuses in cidr: write "10.0.0.1" '
                "without it [CS-R025]"
            ),
        ),
        (
            with_match("  sourceIPAddress: [{cidr: 10.0.0.1}]"),
            (
                'iam.yaml:6:28: "10.0.0.1" is one address: write it without cidr, or a network like 10.0.0.0/24 '
                "[CS-R025]"
            ),
        ),
        (
            with_match("  sourceIPAddress: [{cidr: 10.0.0/8}]"),
            (
                'iam.yaml:6:28: "10.0.0/8" is no IPv4 or IPv6 network: write it like 10.0.0.0/24 or 2001:db8::/32 '
                "[CS-R025]"
            ),
        ),
        (
            with_match('  eventName: [{anything-but: {prefix: ""}}]'),
            ("iam.yaml:6:30: the prefix is empty, so anything-but would refuse every text [CS-R027]"),
        ),
        (
            with_match("  eventName: [{anything-but: {exists: true}}]"),
            (
                "iam.yaml:6:30: inside anything-but can stand values, or one of prefix, suffix, "
                "equals-ignore-case, wildcard [CS-R027]"
            ),
        ),
        (
            with_match("  eventName: [{wildcard: 'a\\b'}]"),
            "iam.yaml:6:26: a backslash in a wildcard stands before * or \\ only [CS-R026]",
        ),
        (
            with_match("  $or: [{prefix: [a]}, {eventName: [b]}]"),
            (
                'iam.yaml:6:10: "prefix" is a matcher; inside $or stand field names: {field: [{prefix: ...}]} '
                "[CS-R028]"
            ),
        ),
        (
            with_match("  $or: [{requestParameters: {regex: [a]}}, {eventName: [b]}]"),
            'iam.yaml:6:30: "regex" is a word of EventBridge: inside $or no field can be named so [CS-R028]',
        ),
        (
            with_match("  userIdentity: {type: [Root]}\n  userIdentity.type: [IAMUser]"),
            "iam.yaml:7:22: userIdentity.type is already asked for; a field may stand once [CS-R028]",
        ),
        (
            with_match('  requestParameters: {port: [{numeric: [">", "5"]}]}'),
            "iam.yaml:6:40: numeric compares with a number, not with '5' [CS-R024]",
        ),
        (
            with_match("  eventName: [{exists: yes please}]"),
            "iam.yaml:6:24: exists needs true or false [CS-R023]",
        ),
        (
            GOOD + "when: {actor: {groups: [a]}}\n",
            'iam.yaml:12:16: unknown condition on the actor "groups": did you mean "group"? [CS-R030]',
        ),
        (
            GOOD + "when: {actor: {confidence: hihg}}\n",
            (
                'iam.yaml:12:28: unknown confidence "hihg": did you mean "high"? (high, medium, low, none) '
                "[CS-R034]"
            ),
        ),
        (
            GOOD.replace("    expect: notify\n", "    expect: notify\n    age: 5\n"),
            'iam.yaml:12:5: unknown key of a test "age": did you mean "age_s"? [CS-R050]',
        ),
        (
            GOOD.replace("    expect: notify\n", "    expect: notify\n    count: many\n"),
            "iam.yaml:12:12: tests.0.count must be a whole number, not a text [CS-R050]",
        ),
        ("- a list\n", "iam.yaml:1:1: a rule is a mapping that begins with id, title and action [CS-R004]"),
        (
            "id: [\n",
            (
                "iam.yaml:2:1: this is no YAML: did not find expected node content: write the value that is"
                " missing, or close the bracket [CS-R001]"
            ),
        ),
        (
            GOOD + "title: Again\n",
            'iam.yaml:12:1: "title" stands twice in this mapping, first in line 2: keep one [CS-R001]',
        ),
    ],
)
def test_a_fault_says_where_what_and_how_to_fix_it(tmp_path, text, expected):
    assert expected in said(tmp_path, text)


def test_the_good_rule_has_no_fault(tmp_path):
    assert said(tmp_path, GOOD) == []


def test_all_faults_of_all_files_come_in_one_run(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD.replace("notify\n", "notfy\n", 1).replace("title:", "titel:"))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "b.yml").write_text(with_match("  eventName: [{cidr: x}]").replace("team.rule", "team.b"))
    with pytest.raises(FaultsFound) as found:
        load_rules([tmp_path, tmp_path / "missing", tmp_path / "empty.txt"])
    places = [(Path(fault.file).name, fault.line, fault.code) for fault in found.value.faults]
    assert sorted(places) == [
        ("a.yaml", 1, "CS-R006"),
        ("a.yaml", 2, "CS-R005"),
        ("a.yaml", 3, "CS-R012"),
        ("b.yml", 6, "CS-R025"),
        ("empty.txt", 1, "CS-R002"),
        ("missing", 1, "CS-R002"),
    ]


def test_a_folder_without_rules_and_bytes_without_sense_are_faults(tmp_path):
    (tmp_path / "none").mkdir()
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "control.yaml").write_text("id: \x00\n")
    (tmp_path / "date.yaml").write_text("id: 2026-99-99\n")
    (tmp_path / "self.yaml").write_text("id: &a [*a]\n")
    codes = [fault.code for fault in open_rulebook([tmp_path / "none", tmp_path]).faults]
    assert codes == ["CS-R003", "CS-R001", "CS-R001", "CS-R001", "CS-R001"]
