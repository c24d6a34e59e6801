"""The pipeline's own trouble: one urgency a page, the configured ceilings, and a page that counts a flood."""

import msgspec

from agents.decisions.case.counting import TELL_EVERY_MS
from agents.decisions.case.ids import dedup_key
from streams.records.case import ENDS, CaseState
from streams.records.command import Due, Incident, PageAccepted
from streams.records.effect import Page
from streams.records.timing import Limits
from streams.records.verdict import Action
from tests.support import checker
from tests.support.cases import call
from tests.support.crash import crash_between
from tests.support.story import Story
from tests.support.worker import Worker

ACCOUNT = "111122223333"


def incident(number: int, urgency: str) -> Incident:
    return Incident(f"{urgency} {number}", f"{urgency}_trouble", urgency, ACCOUNT, "something is wrong")


def story(pages_per_account_hour: int) -> Story:
    run = Story(tight=False)
    run.limits = Limits(pages_per_account_hour=pages_per_account_hour)
    run.worker = Worker(limits=run.limits)
    return run


def pages(run: Story) -> list[Page]:
    return [effect for effect in run.effects if isinstance(effect, Page)]


def counted(offset: int, count: int = 1, *names: str) -> Incident:
    """What an agent tells of the records that broke in its message at that offset."""
    return Incident(
        "triage KeyError hour",
        "decision_failed",
        "high",
        "-",
        "Countersign could not judge a record",
        count=count,
        names=list(names),
        place="calls:0",
        offset=offset,
    )


def test_low_and_high_incidents_beyond_the_ceiling_share_pages_of_their_own_urgency():
    run = story(1)
    run.send(*[incident(number, urgency) for number in range(3) for urgency in ("low", "high")])
    urgencies = {one.aggregate_id: one.urgency for one in run.worker.shelf.aggregates.values()}
    assert sorted(urgencies.values()) == ["high", "low"]
    for case in run.cases.values():
        if case.fold is not None:
            assert urgencies[case.fold.aggregate_id] == case.incident.urgency
    told = {page.subject: page for page in pages(run) if page.subject in urgencies}
    assert {subject: page.urgency for subject, page in told.items()} == urgencies
    assert {page.summary.split(" beyond")[0] for page in told.values()} == {"2 cases", "2 low-urgency cases"}


def test_an_alert_is_not_folded_into_the_low_page_of_its_account():
    run = story(1)
    run.send(*[incident(number, "low") for number in range(3)])
    run.send(*[call(number, action=Action.ALERT, limits=run.limits) for number in range(3)])
    (low,) = [one for one in run.worker.shelf.aggregates.values() if one.urgency == "low"]
    assert low.count == 2
    alerts = [case for case in run.cases.values() if case.incident is None]
    assert low.aggregate_id not in {case.fold.aggregate_id for case in alerts if case.fold}


def test_low_pages_leave_the_ceiling_of_the_high_ones_alone():
    run = story(2)
    run.send(*[incident(number, "low") for number in range(9)])
    run.send(*[incident(number, "high") for number in range(2)])
    assert [case.fold for case in run.cases.values() if case.incident.urgency == "high"] == [None, None]


def test_an_account_cannot_be_named_so_that_its_high_pages_are_anothers_low_ones():
    run = story(1)
    run.send(*[incident(number, "low") for number in range(3)])
    high = [msgspec.structs.replace(incident(number, "high"), account=f"low/{ACCOUNT}") for number in range(3)]
    run.send(*high)
    assert sorted(one.urgency for one in run.worker.shelf.aggregates.values()) == ["high", "low"]


def test_an_aggregate_that_was_lost_is_made_again_in_its_urgency():
    run = story(1)
    run.send(*[incident(number, "low") for number in range(3)])
    run.worker = Worker(run.worker.cases.writes, [], run.limits)
    run.close()
    assert {case.state for case in run.cases.values()} <= ENDS
    assert {one.urgency for one in run.worker.shelf.aggregates.values()} == {"low"}


def test_incidents_keep_to_the_configured_ceiling():
    run = story(50)
    run.send(*[incident(number, "high") for number in range(40)])
    assert run.worker.shelf.aggregates == {}
    assert {case.limits for case in run.cases.values()} == {run.limits}


def test_the_first_record_that_breaks_pages_at_once_and_a_flood_after_it_once_a_minute():
    run = Story(tight=False)
    run.send(counted(1))
    (first,) = pages(run)
    run.send(PageAccepted(first.subject, first.attempt))
    for offset in range(2, 1_000):
        run.sleep(100)
        run.send(counted(offset, 2))
        run.wait(0)
        for page in [effect for effect in run.effects_now() if isinstance(effect, Page)]:
            run.send(PageAccepted(page.subject, page.attempt))
    (case,) = run.cases.values()
    assert case.incident.count == 1 + 2 * 998
    assert len(pages(run)) == 2  # 99.8 s
    assert {page.dedup_key for page in pages(run)} == {dedup_key(case.case_id)}
    run.wait(TELL_EVERY_MS)
    assert pages(run)[-1].summary == "Countersign could not judge a record (1997 records by now)"
    assert pages(run)[-1].details["records"] == "1997"
    assert case.state is CaseState.PAGED
    assert checker.check_all(run.journal()) == []


def test_a_page_that_counts_is_tried_until_it_is_accepted_and_then_left_alone():
    run = Story(tight=False)
    run.send(counted(1))
    (first,) = pages(run)
    run.send(PageAccepted(first.subject, first.attempt))
    run.send(counted(2))
    run.wait(TELL_EVERY_MS)
    second = pages(run)[-1]
    assert second.attempt > first.attempt
    run.send(PageAccepted(first.subject, first.attempt))
    run.wait(5_000)
    assert pages(run)[-1] == second
    assert len(pages(run)) == 3
    run.send(PageAccepted(second.subject, second.attempt))
    (case,) = run.cases.values()
    assert case.outbox == []
    run.wait(3_600_000)
    assert len(pages(run)) == 3


def test_the_page_that_is_still_on_its_way_carries_the_newest_count():
    run = Story(tight=False)
    run.send(counted(1))
    run.send(counted(2, 5, "iam.amazonaws.com:CreateUser"))
    assert len(pages(run)) == 1
    run.wait(5_000)
    assert pages(run)[-1].details["records"] == "6"
    assert pages(run)[-1].details["names"] == "iam.amazonaws.com:CreateUser"


def test_records_that_are_told_again_are_not_counted_again():
    run = Story(tight=False)
    run.send(counted(1, 2), counted(3, 2))
    run.send(counted(1, 2), counted(3, 2))
    run.send(msgspec.structs.replace(counted(1), place="calls:1"))
    (case,) = run.cases.values()
    assert case.incident.count == 5


def test_a_crash_between_the_count_and_its_page_loses_neither():
    run = Story(tight=False)
    run.send(counted(1))
    run.send(PageAccepted(pages(run)[0].subject, 1))
    run.send(counted(2))
    (case,) = run.cases.values()
    run.sleep(TELL_EVERY_MS)
    run.send(Due(case.case_id, 0, 0, "count"))
    after = crash_between(run, len(run.log), back=2)
    assert after.cases == run.cases
    assert pages(after)[-1] == pages(run)[-1]
    assert checker.facts_in_order(after.journal()) == []


def test_in_observe_a_flood_is_counted_and_pages_nobody():
    run = Story(tight=False)
    run.worker.agent._observe = True
    run.send(counted(1))
    run.send(counted(2))
    run.wait(TELL_EVERY_MS)
    (case,) = run.cases.values()
    assert (case.incident.count, pages(run)) == (2, [])
