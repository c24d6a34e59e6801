"""The pages: what they say of a case, that they stay live, and that event text stays text."""

import asyncio
import json
import re

import pytest

from agents.gateway.case_view import CaseView
from agents.gateway.deps import RuleNote
from streams.records.case import CaseKind, CaseState, IncidentNote, PageState, PromptState, PushState
from streams.records.fact import Fact, FactKind
from tests.support.gateway import NOW_MS, MemoryReader, gateway, make_case, summary

RULE = RuleNote("countersign.iam.user_policy", "A user got a policy", "it lasts", "agents/pack/iam.yaml:9", "Ask.")


@pytest.fixture
def log() -> MemoryReader:
    return MemoryReader()


async def page(log: MemoryReader, path: str) -> str:
    rules, accounts = {RULE.rule_id: RULE}, {"111122223333": "production"}
    async with gateway(view=CaseView(log), rules=rules, accounts=accounts) as client:
        answer = await client.get(path)
        assert answer.status == 200
        return await answer.text()


async def test_the_overview_lists_what_is_open_and_counts_the_day(log: MemoryReader) -> None:
    log.put(make_case())
    log.put(make_case(case_id="b" * 26, state=CaseState.VERIFIED, ended_ms=NOW_MS - 1, deadline_ms=None))
    log.put(make_case(case_id="c" * 26, state=CaseState.PAGED, ended_ms=NOW_MS - 90_000_000, deadline_ms=None))
    text = await page(log, "/")
    counts = re.findall(r"<dt>([a-z ]+)</dt><dd>(\d+)</dd>", text)
    assert counts == [("open now", "1"), ("verified today", "1"), ("paged today", "0"), ("reported today", "0")]
    assert f'data-deadline="{NOW_MS + 600_000}"' in text
    assert "production" in text


async def test_the_overview_of_observe_mode_says_so_and_counts_what_would_have_been(log: MemoryReader) -> None:
    ended = {"state": CaseState.REPORTED, "observe": True, "deadline_ms": None, "ended_ms": NOW_MS - 1}
    log.put(make_case(case_id="b" * 26, **ended))
    log.put(make_case(case_id="c" * 26, reason="unattributed", **ended))
    log.put(make_case(case_id="d" * 26, reason="unattributed", **(ended | {"ended_ms": NOW_MS - 90_000_000})))
    async with gateway(view=CaseView(log), observe=True) as client:
        text = await (await client.get("/")).text()
        assert "Observe mode: nobody is asked" in await (await client.get("/cases")).text()
    assert "it decides and records, and asks and pages nobody" in text
    counts = re.findall(r"<dt>([a-z ]+)</dt><dd>(\d+)</dd>", text)
    assert counts[1:3] == [("would have asked today", "1"), ("would have paged today", "1")]
    assert "verified today" not in text
    assert text.count(">would ask</span>") == 1
    assert text.count(">would page</span>") == 2


async def test_a_page_that_is_not_there_offers_a_way_back(log: MemoryReader) -> None:
    async with gateway(view=CaseView(log)) as client:
        answer = await client.get("/nowhere", headers={"Accept": "text/html"})
        assert answer.status == 404
        assert '<a href="/cases">' in await answer.text()


async def test_an_empty_pipeline_says_so(log: MemoryReader) -> None:
    assert "Nothing is open." in await page(log, "/cases")


async def test_a_case_of_observe_mode_says_what_it_would_have_done(log: MemoryReader) -> None:
    ended = {"state": CaseState.REPORTED, "observe": True, "deadline_ms": None, "ended_ms": NOW_MS}
    log.put(make_case(case_id="e" * 26, reason="push_denied", **ended))
    text = await page(log, f"/cases/{'e' * 26}")
    assert "it would have paged: the Duo push was denied." in text
    assert "Why it paged" not in text


async def test_a_case_page_tells_from_the_call_to_the_outcome(log: MemoryReader) -> None:
    case_id, actor_key = "d" * 26, "person/ada"
    facts = [
        Fact(case_id, seq, NOW_MS + seq, kind, 1, actor_key, data)
        for seq, (kind, data) in enumerate(
            [
                (FactKind.OPENED, {}),
                (FactKind.ANSWERED, {"answer": "yes", "user": "U1"}),
                (FactKind.ESCALATED, {"reason": "push_denied"}),
                (FactKind.PAGED, {"by": "pager"}),
            ]
        )
    ]
    log.put(
        make_case(
            case_id=case_id,
            state=CaseState.PAGED,
            reason="push_denied",
            deadline_ms=None,
            ended_ms=NOW_MS,
            facts=facts,
            prompt=PromptState(NOW_MS, NOW_MS, answer="yes", answered_ms=NOW_MS, answered_by="U1"),
            push=PushState(1, NOW_MS, txids=["txid-7"], result="deny"),
            page=PageState("push_denied", NOW_MS, NOW_MS, "pager"),
        )
    )
    text = await page(log, f"/cases/{case_id}")
    told = [
        "First call made in AWS",
        "Received by Countersign",
        "Case opened",
        "Answered",
        "Escalated",
        "Page accepted",
    ]
    places = [text.index(f"<b>{words}") for words in told]
    assert places == sorted(places)
    for words in ("the Duo push was denied", "A user got a policy", "agents/pack/iam.yaml:9", "Ask.", "txid-7"):
        assert words in text


async def test_a_case_page_says_in_words_why_nobody_was_asked(log: MemoryReader) -> None:
    log.put(make_case(unaskable="no_slack"))
    text = await page(log, "/cases/abcdefghijklmnopqrstuvwx22")
    assert "<dt>Not asked</dt><dd>the engineer has no Slack account on file</dd>" in text


async def test_an_incident_of_the_pipeline_has_a_page_too(log: MemoryReader) -> None:
    note = IncidentNote("unbound_account", "a feed spoke for another account", "high", {"feed": "org"})
    log.put(make_case(kind=CaseKind.INCIDENT, incident=note, calls=[], lines=[], fingerprints=b"", rules=[]))
    text = await page(log, "/cases/abcdefghijklmnopqrstuvwx22")
    assert "a feed spoke for another account" in text
    assert "this is about the pipeline itself" in text


async def test_event_text_is_never_markup(log: MemoryReader) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    log.put(make_case(calls=[summary(hostile, target=hostile, tool=hostile, source=hostile)]))
    for path in ("/", "/cases", "/cases/abcdefghijklmnopqrstuvwx22"):
        text = await page(log, path)
        assert "<img src=x" not in text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_no_page_has_a_form_or_a_button(log: MemoryReader) -> None:
    log.put(make_case())
    for path in ("/", "/cases", "/cases/abcdefghijklmnopqrstuvwx22"):
        text = (await page(log, path)).lower()
        assert "<form" not in text
        assert "<button" not in text


async def test_an_unknown_case_is_a_page_that_says_so() -> None:
    async with gateway() as client:
        answer = await client.get("/cases/zzzz", headers={"Accept": "text/html"})
        assert answer.status == 404
        assert "no such case" in await answer.text()


async def test_a_link_that_is_opened_before_the_next_poll_finds_its_case(log: MemoryReader) -> None:
    async with gateway(view=CaseView(log)) as client:
        early = asyncio.create_task(client.get(f"/cases/{'f' * 26}"))
        await asyncio.sleep(0.1)
        log.put(make_case(case_id="f" * 26))
        assert (await early).status == 200


async def test_a_change_reaches_an_open_page(log: MemoryReader) -> None:
    async with gateway(view=CaseView(log)) as client, client.get("/events") as answer:
        assert answer.content_type == "text/event-stream"
        log.put(make_case())
        async with asyncio.timeout(5):
            while not (line := await answer.content.readline()).startswith(b"data: "):
                pass
        assert json.loads(line[6:]) == {"case_id": "abcdefghijklmnopqrstuvwx22", "state": "waiting"}


async def test_an_open_page_does_not_hold_up_the_end() -> None:
    async with gateway() as client:
        await client.get("/events")
        async with asyncio.timeout(5):
            await client.server.close()
