"""The story: what each message of the log becomes, in the order it happened, each once."""

from pathlib import Path

import msgspec

from agents.demo.story import Story
from agents.gateway.deps import RuleNote
from streams.records.actor import Actor, ActorKind, Confidence
from streams.records.call import Feed
from streams.records.codec import to_wire
from streams.records.dead_letter import DeadLetter
from streams.records.fact import Fact, FactKind
from streams.records.intake import Intake
from streams.records.verdict import Action, End, Verdict, VerdictFrame
from streams.topics import Topic
from tests.support.gateway import NOW_MS, MemoryReader

RULE = RuleNote("countersign.iam.user-created", "IAM user created", "a way in", "agents/pack/iam.yaml:1")
REPO = Path(__file__).parents[2]
ADA = Actor(ActorKind.PERSON, "ada", "ada@example.com", Confidence.HIGH, "an SSO session", "111122223333")


def verdict(name: str, action: Action = Action.NOTIFY) -> Verdict:
    return Verdict(
        fingerprint=name,
        action=action,
        end=End.CASE,
        rules=[RULE.rule_id],
        actor=ADA,
        asked="ada",
        why="",
        event_source="iam.amazonaws.com",
        event_name=name,
        event_id=None,
        account="111122223333",
        event_time_ms=None,
        received_ms=NOW_MS,
        late=False,
        feed=Feed("trail"),
        position="1",
        rules_version="1",
        record=msgspec.Raw(b"{}"),
    )


def fact(seq: int, kind: FactKind, **data: object) -> Fact:
    return Fact("case1", seq, NOW_MS, kind, seq, "person/ada", data)


def told(*messages: tuple[str, object]) -> Story:
    log = MemoryReader()
    for topic, record in messages:
        log.append(topic, 0, b"key", to_wire(record))
    story = Story(log, {RULE.rule_id: RULE})
    story.poll()
    return story


def test_intake_says_what_went_on_and_what_did_not() -> None:
    counts = {"accepted": 1, "unwanted": 6, "unwanted:111122223333": 6, "accepted:222233334444": 1}
    story = told((Topic.INTAKE, Intake(NOW_MS, "trail", 1, counts)))
    assert story.steps[0].title == "7 calls arrived from production, staging"
    assert "No rule can want 6 of them; 1 go on" in story.steps[0].text
    assert (REPO / story.steps[0].file).is_file()


def test_an_empty_intake_is_no_step() -> None:
    assert told((Topic.INTAKE, Intake(NOW_MS, "trail", 1, {"control": 3}))).steps == []


def test_a_frame_is_one_step_a_decision_with_its_rules_and_their_file() -> None:
    frame = VerdictFrame([verdict("CreateUser"), verdict("CreateUser"), verdict("CreateGroup", Action.LOG)])
    asked, logged = told((Topic.VERDICTS, frame)).steps
    assert (asked.title, asked.action) == ("2 CreateUser in production", "notify")
    assert asked.rules == [RULE]
    assert (REPO / asked.file).is_file()
    assert (logged.title, logged.action) == ("CreateGroup in production", "log")


def test_facts_are_told_with_the_file_that_decided() -> None:
    story = told(
        (Topic.CASE_LOG, fact(1, FactKind.ASKED, count=4)),
        (Topic.CASE_LOG, fact(2, FactKind.ANSWERED, answer="no")),
        (Topic.CASE_LOG, fact(3, FactKind.ESCALATED, reason="denied")),
        (Topic.CASE_LOG, fact(3, FactKind.ESCALATED, reason="denied")),
        (Topic.CASE_LOG, fact(4, FactKind.UPDATED, what="remind")),
    )
    titles = [step.title for step in story.steps]
    assert titles == ["The burst becomes one question", "You answered No", "Escalated"]
    assert "4 calls are frozen" in story.steps[0].text
    assert "the engineer answered No" in story.steps[2].text
    assert {step.file for step in story.steps} >= {"agents/decisions/case/answers.py"}


def test_a_message_that_is_rewritten_twice_is_told_in_two_ways() -> None:
    story = told(*((Topic.CASE_LOG, fact(seq, FactKind.UPDATED, what="update")) for seq in (3, 4)))
    assert [step.title for step in story.steps] == [
        "The Slack message is rewritten",
        "The Slack message is written once more",
    ]


def test_every_kind_of_fact_can_be_told_whatever_its_data_say() -> None:
    story = told(*((Topic.CASE_LOG, fact(seq, kind, answer="yes")) for seq, kind in enumerate(FactKind)))
    assert len(story.steps) == len(FactKind) - 1
    assert all(step.title for step in story.steps)
    assert all((REPO / step.file).is_file() for step in story.steps)


def test_a_dead_letter_is_a_step() -> None:
    letter = DeadLetter(NOW_MS, "bridge", "unbound_account", "999988887777", "trail", "1", b"")
    assert told((Topic.DEAD_LETTERS, letter)).steps[0].text == "unbound_account: 999988887777"


def test_what_was_told_is_not_told_again() -> None:
    story = told((Topic.CASE_LOG, fact(1, FactKind.VERIFIED)))
    assert story.poll() == []
    assert len(story.steps) == 1
