"""Every record of the public data sets reaches, in the running product, the end that `explain` announces.

But for calls under a session that another record issued: `explain` judges each record alone.
"""

import json
import re
import uuid
from collections import Counter, defaultdict

import pytest
from click.testing import CliRunner

from agents.cli.explain import explain
from agents.rulebook.files import pack_files
from agents.standins.duo import DuoPerson
from agents.standins.slack_state import SlackPerson
from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from streams.records.fingerprint import fingerprint
from streams.records.verdict import End
from tables.case_index import fingerprints_of
from tests.support.checker import check_all
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges, read_journal
from tests.support.product import FAST, Product, now_text
from tests.support.rules import SHARED

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not SHARED.is_dir(), reason="the public data sets are not beside the checkout"),
]

TIMING = {**FAST, "prompt_timeout_s": 90, "reminder_after_s": 80, "push_timeout_s": 60, "delivery_timeout_s": 60}
LIMITS = {"prompts_per_person_hour": 4000, "pages_per_account_hour": 4000}
NUMBER = re.compile(r"[0-9]{12}")


def samples():
    """Every record by the file it is from, as if it had been made just now."""
    return {
        path.stem: [fresh(line) for line in path.read_bytes().splitlines()]
        for path in sorted(SHARED.glob("*.jsonl"))
    }


def fresh(line):
    document = json.loads(line)
    return {**document.get("event", document), "eventID": str(uuid.uuid4()), "eventTime": now_text()}


def explained(paths, *options):
    answer = CliRunner().invoke(explain, [*map(str, paths), *options, "-o", "ndjson"])
    assert answer.exit_code == 0, answer.output
    return [json.loads(line) for line in answer.stdout.splitlines()]


def people(lines):
    """A directory that knows every IAM user of these records, by name and account."""
    accounts = defaultdict(set)
    for line in lines:
        actor = line["actor"]
        if (actor["kind"], actor["confidence"]) == ("person", "high") and NUMBER.fullmatch(line["account"] or ""):
            accounts[actor["claim"]].add(line["account"])
    return [
        {
            "id": f"person-{at}",
            "name": f"Person {at}",
            "slack": f"U0P{at:03d}",
            "duo": f"p{at}",
            "aws": {"iam": {account: [claim] for account in sorted(accounts[claim])}},
        }
        for at, claim in enumerate(sorted(accounts))
    ]


def at_once(folder):
    """The pack's rules that gather longer than the configuration says, told to gather as long as that."""
    folder.mkdir()
    for file in pack_files():
        slow = [rule for rule in file.path.read_text(encoding="utf-8").split("\n---\n") if "group_wait_s" in rule]
        named = [re.sub(r"^id: (.+)$", r"id: \1\nreplaces: \1", rule, flags=re.MULTILINE) for rule in slow]
        if named:
            text = re.sub(r"group_wait_s: \d+", f"group_wait_s: {TIMING['group_wait_s']}", "\n---\n".join(named))
            (folder / file.path.name).write_text(text, encoding="utf-8")


def announced(line, bound):
    """The end that a line of `explain` stands for; a call of an account the feed may not bring has its own."""
    if line["account"] not in bound:
        return "unbound_account"
    if line["action"] == "notify":
        return "verified" if line["asks"] else "paged"
    return {"log": "logged", "alert": "paged", "none": None}[line["action"]]


def reached(journal):
    """The ends of every fingerprint that the log knows."""
    ends = defaultdict(set)
    for verdict in journal.verdicts:
        if verdict.end is not End.CASE:
            ends[verdict.fingerprint].add(str(verdict.end))
    for case in journal.last().values():
        for mark in fingerprints_of(case):
            ends[mark.hex()].add(str(case.state))
    for letter in journal.dead_letters:
        if letter.reason == "unbound_account":
            ends[fingerprint(json.loads(letter.body)).hex()].add(letter.reason)
    return ends


def test_the_public_records_reach_the_ends_that_explain_announces(tmp_path):
    batches = samples()
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    for name, records in batches.items():
        (drafts / f"{name}.json").write_text(json.dumps({"Records": records}))
    calls = [line for line in explained([drafts]) if line["outcome"] == "call"]
    bound = sorted({line["account"] for line in calls if NUMBER.fullmatch(line["account"] or "")})
    with StandInThread(tmp_path, journal=True) as hands:
        feeds = [{"kind": "files", "name": "inbox", "path": str(tmp_path / "inbox"), "accounts": bound}]
        at_once(tmp_path / "rules")
        rules = {"paths": ["rules/"]}
        product = Product(tmp_path, hands, feeds=feeds, timing=TIMING, limits=LIMITS, rules=rules)
        enrol(product, people(calls))
        told = [line for line in explained([drafts], "--config", str(product.config)) if line["outcome"] == "call"]
        expected = {line["fingerprint"]: announced(line, bound) for line in told}
        kinds = Counter(expected.values())
        assert min(kinds[end] for end in ("logged", "verified", "paged", "unbound_account", None)) > 5, kinds
        try:
            product.start()
            with BusyHands(product):
                for name, records in batches.items():
                    product.feed(name, records)
                in_cases = {mark for mark, end in expected.items() if end in {"verified", "paged"}}
                product.until(lambda: held(product) >= in_cases, 120, "not every case came to its end")
            product.stop()
        finally:
            product.close()
        with LogReader(product.log) as reader:
            journal = read_journal(reader, read_exchanges(tmp_path.glob("*.jsonl")))
    ends = reached(journal)
    joined = {one.fingerprint for one in journal.verdicts if "joined through" in one.actor.why}
    assert joined, "the data hold sessions with the calls that issued them"
    assert {expected[mark] for mark in joined} <= {"paged", "logged"}  # alone, they are nobody's
    expected |= {mark: "verified" for mark in joined if expected[mark] == "paged"}
    assert {mark: ends.get(mark, set()) for mark in expected} == {
        mark: {end} if end else set() for mark, end in expected.items()
    }
    silent = [f"call {mark[:12]} " for mark, end in expected.items() if end is None]
    findings = check_all(journal)
    assert [one for one in findings if not any(call in one for call in silent)] == []
    assert sum(letter.reason != "unbound_account" for letter in journal.dead_letters) == sum(
        line["outcome"] == "dead_letter" for line in explained([drafts])
    )


def enrol(product, directory):
    (product.folder / "people.yaml").write_text(json.dumps({"people": directory}))
    for person in directory:
        product.standins.slack.people[person["slack"]] = SlackPerson(person["slack"], person["name"])
        product.standins.duo.people[person["duo"]] = DuoPerson(person["duo"])


def held(product):
    """The fingerprints of the cases that came to their end."""
    ended = [case for case in product.cases().values() if case.ended_ms is not None]
    return {mark.hex() for case in ended for mark in fingerprints_of(case)}


def test_every_file_of_the_data_sets_has_one_outcome_an_item():
    lines = explained([SHARED])
    keys = {"call": "action", "dead_letter": "reason", "control": "reason", "pointer": "reason"}
    assert all(line[keys[line["outcome"]]] for line in lines)
    for path in SHARED.rglob("*.json*"):
        indexes = [line["index"] for line in lines if line["file"] == str(path)]
        assert indexes == list(range(len(indexes)))
        assert indexes, path
