"""`countersign explain` says of every item of every file what the pipeline would make of it."""

import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from agents.cli.explain import explain
from tests.support import cloudtrail as ct

RECORD = ct.compact(ct.call())
STOP = ct.compact(ct.stop_logging())
CALL_KEYS = [
    "file",
    "index",
    "outcome",
    "event_id",
    "fingerprint",
    "event_source",
    "event_name",
    "account",
    "event_time_ms",
    "actor",
    "action",
    "rules",
    "asks",
    "why",
]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    for name in os.environ:
        if name.startswith("COUNTERSIGN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(name: str, body: bytes) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)


def run(*arguments: str):
    result = CliRunner().invoke(explain, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def lines(*arguments: str) -> list[dict]:
    result = run(*arguments, "-o", "ndjson")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_call_has_its_line():
    write("a.json", RECORD)
    (line,) = lines("a.json")
    assert list(line) == CALL_KEYS
    deciding = {name: ct.call().get(name) for name in (
        "recipientAccountId", "eventID", "eventSource", "eventName", "awsRegion", "eventTime", "userIdentity",
        "sourceIPAddress", "requestParameters", "responseElements", "errorCode",
    )}  # fmt: skip
    text = json.dumps(deciding, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert line["fingerprint"] == hashlib.sha256(text.encode()).hexdigest()
    assert (line["file"], line["index"], line["outcome"]) == ("a.json", 0, "call")
    assert (line["event_source"], line["event_name"]) == ("iam.amazonaws.com", "CreateUser")
    assert (line["account"], line["event_time_ms"]) == (ct.ACCOUNT, 1_767_323_045_000)
    assert set(line["actor"]) == {"kind", "person", "claim", "confidence", "why"}
    assert line["action"] in {"log", "notify", "alert", "none"}
    assert line["rules"] == sorted(line["rules"])
    assert line["asks"] is None


def test_stopping_the_trail_is_an_alert_whatever_the_configuration():
    write("a.json", STOP)
    (line,) = lines("a.json")
    assert line["action"] == "alert"
    assert line["asks"] is None


def test_everything_in_a_file_has_a_line_in_its_order():
    pointer = ct.compact({"s3Bucket": "b", "s3ObjectKey": ["k"]})
    write("a.ndjson", b"\n".join([RECORD, b"garbage", pointer, b"", b"{}", ct.log_file(RECORD, RECORD)]))
    found = [(line["index"], line["outcome"], line.get("reason")) for line in lines("a.ndjson")]
    assert found == [
        (0, "call", None),
        (1, "dead_letter", "not_json"),
        (2, "pointer", "object_created"),
        (3, "control", "empty_container"),
        (4, "call", None),
        (5, "call", None),
    ]


def test_what_is_unknown_is_null():
    write("a.json", b'{"eventSource":"a.amazonaws.com","eventName":"B","userIdentity":null}')
    (line,) = lines("a.json")
    assert [line[name] for name in ("event_id", "account", "event_time_ms")] == [None, None, None]


def test_folders_are_walked_sorted_and_others_are_named_on_standard_error():
    write("in/b.json", RECORD)
    write("in/a/c.json.gz", gzip.compress(ct.log_file(RECORD)))
    write("in/notes.txt", b"hello")
    result = run("./in", "-o", "ndjson")
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["./in/a/c.json.gz", "./in/b.json"]
    assert "./in/notes.txt" in result.stderr


def test_pipes_and_sockets_in_a_folder_are_named_and_not_waited_for():
    write("in/z.json", RECORD)
    os.mkfifo("in/a.json")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("in/b.json")
    Path("in/c.json").symlink_to("/dev/null")
    # In a process of its own: a pipe that is waited for is waited for by a signal's handler too.
    command = [sys.executable, "-m", "agents.cli.main", "explain", "in", "-o", "ndjson"]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environ)
    assert result.returncode == 0
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["in/z.json"]
    assert [line for line in result.stderr.splitlines() if "left out" in line] == [
        f"in/{name}.json: left out, it is no regular file" for name in ("a", "b", "c")
    ]


def test_a_pipe_that_is_named_by_itself_is_read():
    os.mkfifo("a.json")
    writer = threading.Thread(target=Path("a.json").write_bytes, args=(RECORD,))
    writer.start()
    assert [line["outcome"] for line in lines("a.json")] == ["call"]
    writer.join()


def test_a_link_to_nothing_in_a_folder_cannot_be_read():
    write("in/a.json", RECORD)
    Path("in/b.json").symlink_to("nowhere")
    result = run("in", "-o", "ndjson")
    assert result.exit_code == 1
    assert "in/b.json: cannot be read" in result.stderr


def test_a_file_that_cannot_be_read_fails_the_run_but_not_its_neighbours():
    write("a.json", RECORD)
    result = run("nowhere.json", "a.json", "-o", "ndjson")
    assert result.exit_code == 1
    assert "nowhere.json: cannot be read" in result.stderr
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["a.json"]


def test_dead_letters_alone_are_no_failure():
    write("a.json", RECORD[:-5])
    assert [line["outcome"] for line in lines("a.json")] == ["dead_letter"]


def test_people_and_rules_here_count_only_with_a_configuration():
    write(
        "people.yaml",
        b"people:\n  - {id: ada, name: Ada, slack: U012ABCDEF, duo: ada, aws: {iam: {'111122223333': [ada]}}}\n",
    )
    write(
        "rules/mine.yaml",
        b"id: my.users\ntitle: A user was made\naction: notify\n"
        b"match: {eventSource: [iam.amazonaws.com], eventName: [CreateUser]}\nbecause: we want to know\n"
        b"tests: [{name: made, expect: notify, event: {eventSource: iam.amazonaws.com, eventName: CreateUser}}]\n",
    )
    write("a.json", RECORD)
    (bare,) = lines("a.json")
    assert "my.users" not in bare["rules"]
    assert bare["actor"]["person"] is None
    write("countersign.toml", b"")
    (configured,) = lines("a.json")
    assert "my.users" in configured["rules"]
    assert (configured["action"], configured["asks"], configured["actor"]["person"]) == ("notify", "ada", "ada")


def test_json_is_one_document_and_the_table_names_each_file():
    write("a.json", ct.log_file(RECORD, STOP))
    assert [line["index"] for line in json.loads(run("a.json", "-o", "json").stdout)] == [0, 1]
    table = run("a.json").stdout
    assert table.startswith("a.json\n")
    assert "cloudtrail:StopLogging" in table


def test_a_record_cannot_steer_the_terminal():
    write("a.json", ct.compact(ct.call(eventName="\x1b[2JCreateUser\r\n")))
    assert "\x1b" not in run("a.json").stdout


def test_a_question_that_nobody_can_be_asked_is_shown_as_a_page():
    write("a.json", RECORD)
    result = run("a.json")
    heads, row = result.stdout.splitlines()[1:3]
    assert row[heads.index("ASKS") : heads.index("RULES")].strip() == "nobody: pages"
    assert (
        "no configuration: there is no countersign.toml here. Assumed are the default rules alone" in result.stderr
    )
    assert "; would page: unattributed" in row


def test_what_is_no_call_is_told_in_words_and_counted():
    write("a.json", ct.log_file(RECORD, b'{"name": "not a call"}'))
    result = run("a.json")
    assert result.exit_code == 0
    assert "neither a CloudTrail call nor an envelope" in result.stdout
    assert "1 of 2 could not be read as a call" in result.stderr


def test_a_configuration_without_people_says_which_key_names_them():
    write("a.json", RECORD)
    write("countersign.toml", b"")
    assert "nobody is known, for the configuration names no people file (people.path)" in run("a.json").stderr
    write("people.yaml", b"people: []\n")
    assert "people.yaml names no person: whatever would be a question pages instead" in run("a.json").stderr


def test_where_there_is_nothing_to_explain_it_says_so_beside_the_data():
    Path("empty").mkdir()
    result = run("empty", "-o", "ndjson")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was found in empty: in folders .json" in result.stderr
