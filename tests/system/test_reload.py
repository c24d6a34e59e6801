"""Rules and people change while `countersign run` runs: a good set is taken up, a broken one changes nothing."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

import pytest

from agents.standins.thread import StandInThread
from streams.embedded.reader import LogReader
from streams.topics import Topic
from tests.support.cloudtrail import call
from tests.support.hands import BusyHands
from tests.support.journal import read_exchanges
from tests.support.product import ACCOUNT, PEOPLE, Product, now_text
from tests.support.team_rule import RULE
from tests.support.whole import findings_of, whole_journal

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(200)]

WITHIN_S = 20


@pytest.fixture
def product(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    write(folder / "team.yaml", RULE.format(action="log"))
    with StandInThread(tmp_path, journal=True) as hands:
        product = Product(tmp_path, hands, rules={"paths": ["rules/"]})
        try:
            yield product
        finally:
            product.close()


def write(path, text):
    """As an editor does it: whole, or not at all."""
    path.with_suffix(".tmp").write_text(text)
    path.with_suffix(".tmp").rename(path)


def group_made(product, name, who="ada"):
    identity = {**call()["userIdentity"], "userName": who, "accessKeyId": f"AKIA{who.upper()}"}
    made = call(eventID=str(uuid.uuid4()), eventTime=now_text(), eventName="CreateGroup", userIdentity=identity)
    product.feed(name, [made])


def published(product):
    """The versions on the log, the newest last."""
    with LogReader(product.log) as reader:
        records = reader.read(Topic.RULES, 0, 0, 100)
    return [json.loads(record.value)["version"] for record in records if record.value]


def publish_rules(product):
    command = [sys.executable, "-m", "agents.cli.main", "rules", "publish", "--config", str(product.config)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def verdicts(product):
    with LogReader(product.log) as reader:
        frames = [record for part in range(4) for record in reader.read(Topic.VERDICTS, part, 0, 1_000)]
    return [one for frame in frames for one in json.loads(frame.value)["verdicts"]]


def said(product, *words):
    return any(all(word in line for word in words) for line in product.output.read_text().splitlines())


def metric(product, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{product.port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def all_accounted(product):
    product.stop()
    exchanges = read_exchanges(product.folder.glob("*.jsonl"))
    with LogReader(product.log) as reader:
        return findings_of(whole_journal(reader, product, exchanges), product)


def test_a_call_that_was_only_logged_is_asked_about_once_the_rule_says_so_without_a_restart(product):
    product.start()
    group_made(product, "before")
    product.until(lambda: len(verdicts(product)) == 1, WITHIN_S, "the first call was not logged")
    write(product.folder / "rules" / "team.yaml", RULE.format(action="notify"))
    done = publish_rules(product)
    assert (done.returncode, done.stderr) == (0, f"version {published(product)[1]} is in force\n")
    with BusyHands(product):
        group_made(product, "after")
        (case,) = product.ended(1)
    first, second = verdicts(product)
    assert (first["action"], second["action"]) == ("log", "notify")
    assert [first["rules_version"], second["rules_version"]] == published(product)
    assert case.state == "verified"
    assert metric(product, "countersign_rules_changes_total") == 1
    assert all_accounted(product) == []


def test_a_broken_set_changes_nothing_and_is_said_also_by_a_child_that_starts_with_it(product):
    product.start()
    before = published(product)
    write(product.folder / "rules" / "team.yaml", RULE.format(action="nitofy"))
    product.until(lambda: said(product, "rules_refused", "nitofy"), WITHIN_S, "the fault was not said")
    refused = publish_rules(product)
    assert (refused.returncode, "nitofy" in refused.stderr) == (3, True)
    (case,) = product.ended(1)
    assert metric(product, "countersign_rules_refused") == 1
    assert (case.kind, case.reason, case.state) == ("incident", "rules_refused", "paged")
    group_made(product, "logged")
    product.until(lambda: len(verdicts(product)) == 1, WITHIN_S, "the call was not logged")
    os.kill(child_of(product), signal.SIGKILL)
    product.until(lambda: product.output.read_text().count("pipeline_ready") == 2, WITHIN_S, "no new child")
    group_made(product, "logged-too")
    product.until(lambda: len(verdicts(product)) == 2, WITHIN_S, "the second call was not logged")
    assert published(product) == before
    assert {one["action"] for one in verdicts(product)} == {"log"}
    write(product.folder / "rules" / "team.yaml", RULE.format(action="log"))
    product.until(lambda: metric(product, "countersign_rules_refused") == 0, WITHIN_S, "still refused")
    assert all_accounted(product) == []


def child_of(product):
    """The supervisor's one child."""
    pid = product.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_who_leaves_the_directory_is_not_asked_any_more_and_a_signal_hurries_it(product):
    write(product.folder / "rules" / "team.yaml", RULE.format(action="notify"))
    product.start()
    gone = "\n".join(line for line in PEOPLE.splitlines() if "grace" not in line)
    write(product.folder / "people.yaml", gone)
    product.process.send_signal(signal.SIGHUP)
    product.until(lambda: len(published(product)) == 2, WITHIN_S, "the change was not published")
    group_made(product, "after", who="grace")
    (case,) = product.ended(1)
    assert (case.state, case.reason) == ("paged", "unattributed")
    assert not product.standins.slack.messages
    assert ACCOUNT in case.actor_key
    assert all_accounted(product) == []
