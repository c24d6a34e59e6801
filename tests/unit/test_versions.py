"""Versions: what bridges filter by and triage judges by, however publishing and announcing interleave."""

from agents.decisions.versions import (
    BRIDGE,
    HOLD_MS,
    LEASE_MS,
    LIVE_MS,
    PROMISE_MS,
    WORKER,
    Filtering,
    Known,
    Publication,
    Told,
    first_in_force,
    hear,
    next_in_force,
    to_filter,
    waits_for,
)
from streams.records.publication import ANY, Announced, Published


def published(position, version, age_ms=0):
    return Told(position, version, Published(version, "here", 0, "1", [], None), age_ms)


def announced(who, *versions, role=BRIDGE, position=-1, age_ms=0):
    return Told(0, who, Announced(who, role, list(versions), 0, position), age_ms)


def known(*told, at_ms=0):
    return hear(Known(), told, at_ms)


def every(_version):
    return True


def test_a_bridge_filters_by_the_newest_and_by_what_was_it_or_a_workers_a_while_ago():
    found = known(published(0, "a"), published(1, "b"))
    assert to_filter(found, 1_000) == {"a", "b"}
    found = hear(found, [announced("w", "a", role=WORKER, position=0)], 60_000)
    assert to_filter(found, 60_000 + HOLD_MS) == {"a", "b"}
    assert to_filter(found, 60_001 + HOLD_MS) == {"b"}


def test_triage_takes_the_next_version_up_when_every_live_bridge_filters_by_it():
    found = known(published(0, "a"), published(1, "b"), announced("b1", "a", "b"), announced("b2", "a"))
    now = Publication(0, "a")
    assert next_in_force(found, now, every, 0) is None
    assert waits_for(found, "b", 0) == ["b2"]
    assert next_in_force(found, now, every, LIVE_MS + 1) == Publication(1, "b")
    found = hear(found, [announced("b2", "a", "b")], 1_000)
    assert next_in_force(found, now, every, 1_000) == Publication(1, "b")


def test_a_bridge_that_left_is_not_waited_for():
    found = known(published(0, "a"), published(1, "b"), announced("b1", "a"), Told(2, "b1", None))
    assert next_in_force(found, Publication(0, "a"), every, 0) == Publication(1, "b")


def test_without_a_bridge_the_newest_is_taken_at_once():
    found = known(published(0, "a"), published(1, "b"))
    assert first_in_force(found, every, 0) == Publication(1, "b")


def test_a_version_that_cannot_be_built_is_passed_over_by_triage_and_filtered_by_all_the_same():
    found = known(published(0, "a"), published(1, "b"), announced("b1", "a", "b"))
    assert first_in_force(found, lambda version: version == "a", 0) == Publication(0, "a")
    assert next_in_force(found, Publication(0, "a"), lambda version: version == "a", 0) is None
    assert "b" in to_filter(found, 0)


def test_a_bridge_that_lets_everything_through_goes_by_every_version():
    found = known(published(0, "a"), published(1, "b"), announced("b1", "a", ANY))
    assert first_in_force(found, every, 0) == Publication(1, "b")


def test_a_worker_that_starts_takes_nothing_older_than_what_a_worker_had():
    worker = announced("w", "b", role=WORKER, position=1, age_ms=3_600_000)
    found = known(published(0, "a"), published(1, "b"), worker, announced("b1", "a"))
    assert first_in_force(found, every, 0) is None
    assert first_in_force(found, every, LIVE_MS + 1) == Publication(1, "b")


def test_what_a_first_reading_finds_is_as_old_as_the_log_says():
    found = known(published(0, "a"), announced("gone", "z", age_ms=3_600_000), at_ms=7)
    assert first_in_force(found, every, 7) == Publication(0, "a")


def test_the_same_version_published_twice_is_one_and_a_return_to_an_older_one_is_newer():
    found = known(published(0, "a"), published(1, "b"), published(2, "b"), published(3, "a"))
    assert found.published == (Publication(0, "a"), Publication(2, "b"), Publication(3, "a"))


def test_a_bridge_drops_only_for_a_while_after_a_look_that_followed_what_it_announced():
    found = known(published(0, "a"))
    filtering = Filtering().looked(found, 0)
    assert filtering.due(0)
    assert not filtering.may_drop(0)
    filtering = filtering.said({"a"}, 0, 100)
    assert not filtering.may_drop(100)
    filtering = filtering.looked(found, 200)
    assert filtering.may_drop(200 + LEASE_MS)
    assert not filtering.may_drop(201 + LEASE_MS)


def test_a_look_long_after_the_last_announcement_renews_nothing():
    found = known(published(0, "a"))
    filtering = Filtering().looked(found, 0).said({"a"}, 0, 0).looked(found, LIVE_MS - LEASE_MS)
    assert filtering.drops_until_ms is None


def test_a_bridge_goes_by_what_it_announced_for_a_while():
    found = known(published(0, "a"))
    filtering = Filtering().looked(found, 0).said({"a", "old"}, 0, 1_000).looked(found, 1_000 + PROMISE_MS)
    assert filtering.versions == {"a", "old"}
    assert filtering.looked(found, 1_001 + PROMISE_MS).versions == {"a"}
