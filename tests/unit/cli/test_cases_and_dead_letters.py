"""`cases` and `dlq` read a log as the pipeline writes it, beside its writer."""

import asyncio
import csv
import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from agents.cli import log_view
from agents.cli.case_story import row as case_row
from agents.cli.case_story import story
from agents.cli.cases import _SHOWN, _STATES, cases
from agents.cli.csv_rows import guarded
from agents.cli.dlq import dlq
from agents.cli.output import printable, table
from agents.gateway.words import STATES, WOULD_ASK, WOULD_PAGE
from streams.embedded.reader import LogReader
from streams.records.actor import Asked
from streams.records.case import CaseKind, CaseState, IncidentNote
from streams.records.codec import to_wire
from streams.records.command import CallCommand, Delivered, PageAccepted
from streams.records.dead_letter import DeadLetter
from streams.records.effect import Prompt
from streams.records.verdict import Action
from streams.shell.message import Send
from streams.topics import Topic, changelog, plan
from tests.support.cases import GRACE, Partition, call, click, of
from tests.support.logs import open_writer


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Ada's case is paged after her No, Grace's still collects; one dead letter each of text and of no text."""
    partition = Partition()
    partition.send(call(1), call(2, name="=CMD()"))
    (prompt,) = of(Prompt, partition.due(partition.only().case_id, after_ms=120_000))
    assert isinstance(prompt, Prompt)
    partition.send(Delivered(prompt.case_id, prompt.attempt, "D1", "1.1"), after_ms=500)
    partition.send(click(prompt, "no"), after_ms=5_000)
    partition.send(PageAccepted(prompt.case_id, 1), after_ms=300)
    partition.send(call(3, GRACE), after_ms=1_000)
    sends = [Send(changelog("cases"), key.encode(), entry, 0) for key, entry in partition.entries.items()]
    sends += [Send(changelog("cases"), b"GONE", next(iter(partition.entries.values())), 0)]
    sends += [Send(changelog("cases"), b"GONE", None, 0)]
    sends += 2 * [Send(Topic.CASE_LOG, fact.actor_key.encode(), to_wire(fact), 0) for fact in partition.facts]
    letters = [
        DeadLetter(2, "bridge", "no_call", "an object without eventSource", "calls", "m-2", b'{"a": "\x1b[2J"}'),
        DeadLetter(
            1, "triage", "decision_failed", "KeyError", "calls", "m-1", b"\xff", ["iam:x"], "Traceback\n  x"
        ),
    ]
    sends += [Send(Topic.DEAD_LETTERS, b"calls", to_wire(letter), 0) for letter in letters]
    path = tmp_path / "countersign.db"

    async def write() -> None:
        writer = open_writer(path, plan=plan(1))
        await writer.append(sends)
        writer.close()

    asyncio.run(write())
    return path


def run(verb: object, log: Path, *arguments: str) -> Result:
    """A verb on that log; what it raises is the test's to see."""
    return CliRunner().invoke(verb, [*arguments, "--log", str(log)], catch_exceptions=False)  # type: ignore[arg-type]


def test_the_list_has_the_newest_state_of_each_case(log: Path):
    rows = json.loads(run(cases, log, "list", "-o", "json").stdout)
    assert [(row["who"], row["state"], row["reason"], row["calls"]) for row in rows] == [
        ("Ada", "paged", "denied", 2),
        ("Grace", "collecting", None, 1),
    ]
    assert rows[0]["answer"] == "no"
    assert rows[0]["opened"].endswith("Z")


def test_the_list_can_be_narrowed(log: Path):
    assert "Grace" not in run(cases, log, "list", "--state", "paged").stdout
    assert "Ada" not in run(cases, log, "list", "--person", "grace").stdout
    nothing = run(cases, log, "list", "--account", "999999999999")
    assert nothing.stdout == ""
    assert "none of 2 cases fits" in nothing.stderr


def test_the_time_of_asking_is_empty_where_observe_asked_nobody(log: Path):
    (row,) = [row for row in json.loads(run(cases, log, "list", "-o", "json").stdout) if row["state"] == "paged"]
    assert row["asked"]
    with LogReader(log) as reader:
        (ada, _) = log_view.cases(reader)
    assert case_row(msgspec.structs.replace(ada, observe=True))["asked"] is None


def test_show_tells_the_story_in_order_and_each_fact_once(log: Path):
    (case_id,) = [row["case_id"] for row in json.loads(run(cases, log, "list", "-o", "json").stdout)][:1]
    told = run(cases, log, "show", case_id[:8]).stdout
    words = ["Case opened", "Question sent", "Question delivered", "Answered", "Escalated", "Page accepted"]
    places = [told.index(word) for word in words]
    assert places == sorted(places)
    assert all(told.count(word) == 1 for word in words)
    assert "iam:CreateUser" in told
    assert "from 198.51.100.7" in told
    assert "rule iam.create-user" in told


def test_the_words_for_states_are_those_of_the_pages(log: Path):
    assert {shown for shown, _ in STATES.values()} | {WOULD_ASK, WOULD_PAGE} <= {*_STATES, *_SHOWN}
    assert set(CaseState) == set(_STATES)
    lines = run(cases, log, "list").stdout.splitlines()
    at = lines[0].index("STATE")
    assert [line[at:].split()[0] for line in lines[1:]] == ["paged", "collecting"]


def test_show_says_all_that_the_page_says_of_a_question(log: Path):
    first, second = (row["case_id"] for row in json.loads(run(cases, log, "list", "-o", "json").stdout))
    told = run(cases, log, "show", first[:8]).stdout.splitlines()
    for line in ("asked: Ada", "reason: the engineer answered No (denied)"):
        assert line in told
    assert any(line.startswith("answer: no, by ") for line in told), told
    assert any(line.startswith("page: accepted at 20") for line in told)
    told = run(cases, log, "show", second).stdout
    assert "collecting: The burst is being collected into one question." in told
    assert "next: the question goes out at 20" in told


def test_show_says_all_that_the_page_says_of_an_incident():
    details = {"reason": "truncated_json", "feed": "calls"}
    note = IncidentNote(
        "unreadable_sensitive", "calls: cut off", "high", details, count=3, names=["iam:CreateUser"]
    )
    partition = Partition()
    partition.send(call(1, action=Action.ALERT))
    case = msgspec.structs.replace(partition.only(), incident=note, rules=[], kind=CaseKind.INCIDENT)
    told = "\n".join(story(case, [], {}))
    for word in (
        "calls: cut off",
        "truncated_json",
        "records: 3",
        "iam:CreateUser",
        "unreadable_sensitive",
        "high",
    ):
        assert word in told
    assert "no rule: this is about the pipeline itself" in told
    assert "who: " not in told


def test_the_owner_who_is_asked_is_not_told_as_the_one_who_made_the_call():
    partition = Partition()
    partition.send(call(1))
    owned = msgspec.structs.replace(partition.only(), asked=Asked("grace", "Grace", "U2", "grace"))
    told = list(story(owned, [], {}))
    assert "asked: Grace" in told
    assert not any(line.startswith("who: Grace") for line in told)


def test_show_wants_one_case(log: Path):
    many = run(cases, log, "show", "")
    assert many.exit_code == 1
    assert "Usage" not in many.stderr
    assert "2 cases begin" in many.stderr
    assert "no case begins" in run(cases, log, "show", "NOPE").stderr


def test_export_as_csv_holds_no_formula(log: Path):
    rows = list(csv.DictReader(run(cases, log, "export", "--format", "csv").stdout.splitlines()))
    assert [row["who"] for row in rows] == ["Ada", "Grace"]
    assert [guarded(text) for text in ("=1", "+1", "-1", "@x", "\tx", "x", None)] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "x",
        "",
    ]


def test_export_as_lines_of_json_is_whole(log: Path):
    lines = [json.loads(line) for line in run(cases, log, "export").stdout.splitlines()]
    ada = lines[0]
    assert len(ada["fingerprints"]) == 2
    assert all(len(mark) == 64 for mark in ada["fingerprints"])
    assert [fact["seq"] for fact in ada["facts"]] == list(range(1, ada["seq"] + 1))


def test_dead_letters_are_listed_oldest_first_without_their_bodies(log: Path):
    shown = run(dlq, log, "list", "-o", "ndjson").stdout
    rows = [json.loads(line) for line in shown.splitlines()]
    assert [row["reason"] for row in rows] == ["decision_failed", "no_call"]
    assert rows[0]["sensitive"] == ["iam:x"]
    assert "body" not in shown
    assert len(run(dlq, log, "list", "--reason", "no_call", "-o", "ndjson").stdout.splitlines()) == 1


def test_a_dead_letter_is_shown_whole_and_cannot_steer_the_terminal(log: Path):
    shown = run(dlq, log, "show", "0-0").stdout
    assert "\x1b" not in shown
    assert "no_call" in shown
    assert json.loads(run(dlq, log, "show", "0-1", "-o", "json").stdout)["body_base64"] == "/w=="
    missing = run(dlq, log, "show", "0-9")
    assert missing.exit_code == 1
    assert "Usage" not in missing.stderr


def test_sensitive_names_of_a_dead_letter_read_as_words(log: Path):
    lines = run(dlq, log, "show", "0-1").stdout.splitlines()
    assert "sensitive:  iam:x" in lines


def test_a_report_counts_the_days_cases(log: Path):
    (ada, _) = json.loads(run(cases, log, "list", "-o", "json").stdout)
    (counted,) = json.loads(run(cases, log, "report", "--day", ada["ended"][:10], "-o", "json").stdout)
    assert (counted["cases"], counted["paged"], counted["observe"]) == (1, {"denied": 1}, False)


@pytest.mark.parametrize("day", ["nonsense", "2026-13-01", "01.02.2026"])
def test_a_day_that_is_none_is_a_usage_error(log: Path, day: str):
    shown = run(cases, log, "report", "--day", day)
    assert shown.exit_code == 2
    assert day in shown.stderr


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (call(1, observe=True), "it would have asked Ada."),
        (call(1, action=Action.ALERT, observe=True), "it would have paged: an alert rule fired."),
        (call(1, None, observe=True), "it would have paged: nobody is proven to have made the call."),
    ],
)
def test_a_case_of_observe_mode_says_what_it_would_have_done(one: CallCommand, told: str):
    partition = Partition()
    partition.send(one)
    if partition.only().ended_ms is None:
        partition.due(partition.only().case_id, after_ms=120_000)
    lines = list(story(partition.only(), [], {}))
    would = "would ask" if "asked" in told else "would page"
    assert lines[1] == f"{would}: Observe mode disturbed nobody: {told}"


def test_tables_line_up_and_stay_printable():
    shown = table([{"a": "x\x1b[31m", "b": None}, {"a": "longer", "b": ["p", "q"]}])
    assert shown == "A       B\nx\ufffd[31m  -\nlonger  p, q\n"
    assert table([]) == ""
    assert printable("a\u202eb\u200b") == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    ("verb", "option", "typed", "told"),
    [
        (cases, "--person", "gracee", 'none of 2 cases fits: none is of person "gracee": did you mean "grace"?'),
        (cases, "--account", "1", 'none is of account "1": there is '),
        (dlq, "--reason", "nocall", 'none of 2 dead letters has the reason "nocall": did you mean "no_call"?'),
        (dlq, "--reason", "x", 'has the reason "x": there is decision_failed, no_call'),
    ],
)
def test_a_value_that_fits_nothing_gets_the_nearest(log: Path, verb: object, option: str, typed: str, told: str):
    shown = run(verb, log, "list", option, typed, "-o", "ndjson")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert told in shown.stderr
