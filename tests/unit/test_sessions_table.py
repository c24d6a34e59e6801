"""The sessions and the waits of a partition: found again after a restart, bounded whatever comes in."""

import msgspec

from streams.records.grant import Session
from streams.records.seen import Wait
from tables import sessions as module
from tables.sessions import SessionsTable
from tables.waits import IN_FLIGHT, MAX_WAITING, MAX_WAITING_BYTES, Waits, waiting_key
from tests.support.cases import T0, fingerprint
from tests.support.worker import Changelog


def a_session(number: int, issuer: str = "ada", *, named: bool = True, until_ms: int = T0) -> Session:
    return Session(f"ASIA{number}", until_ms, [], issuer, named)


class Kept(Changelog):
    """A backing that keeps the last value of a key only: for many keys."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[bytes, bytes] = {}

    def put(self, key, value):
        self.last[key] = value

    def remove(self, key):
        self.last.pop(key, None)

    def entries(self, partition=0):
        return self.last


def a_table() -> tuple[SessionsTable, Kept]:
    kept = Kept()
    return SessionsTable(kept), kept


def test_a_session_is_known_by_its_key_and_after_a_restart():
    table, kept = a_table()
    table.put(0, a_session(1))
    again = SessionsTable(kept)
    kept.assign()
    for one in (table, again):
        assert one.get(0, "ASIA1") == a_session(1)
        assert one.get(0, "ASIA2") is None
        assert one.count(0) == 1


def test_a_sweep_forgets_what_was_over_before_and_nothing_else():
    table, kept = a_table()
    for number in range(4):
        table.put(0, a_session(number, until_ms=T0 + number))
    table.put(0, a_session(0, until_ms=T0 + 9))  # it lives longer than was first said
    assert table.sweep(0, T0 + 2) == 1
    assert sorted(kept.last) == [b"ASIA0", b"ASIA2", b"ASIA3"]


def test_who_asks_for_a_million_sessions_loses_their_own_and_nobody_elses(monkeypatch):
    monkeypatch.setattr(module, "MAX_OF_ONE", 50)
    table, kept = a_table()
    table.put(0, a_session(0, "grace"))
    dropped = sum(table.put(0, a_session(number, "mallory")) for number in range(1, 1_001))
    assert (table.count(0), len(kept.last), dropped) == (51, 51, 950)
    assert table.get(0, "ASIA0") is not None
    assert table.get(0, "ASIA1000") is not None


def test_beyond_the_ceiling_those_go_first_that_lead_to_nobody(monkeypatch):
    monkeypatch.setattr(module, "MAX_SESSIONS", 20)
    table, kept = a_table()
    for number in range(10):
        table.put(0, a_session(number, f"person{number}"))
    for number in range(10, 100):
        table.put(0, a_session(number, f"session{number}", named=False))
    assert len(kept.last) == table.count(0) == 20
    assert all(table.get(0, f"ASIA{number}") is not None for number in range(10))
    for number in range(100, 200):
        table.put(0, a_session(number, f"person{number}"))
    assert len(kept.last) == 20
    assert table.get(0, "ASIA199") is not None


def test_a_session_that_is_told_of_again_does_not_count_twice():
    table, _ = a_table()
    table.put(0, a_session(1, "ada", named=False))
    table.put(0, a_session(1, "grace"))
    assert table.count(0) == 1
    assert table.sweep(0, T0 + 1) == 1
    assert table.count(0) == 0


def test_waits_are_bounded_in_number_and_in_bytes():
    waits = Waits()
    for number in range(MAX_WAITING):
        assert waits.has_room(100)
        waits.add(fingerprint(number), 7, Wait("ASIA1", T0), 100)
    assert not waits.has_room(100)
    waits.settle(fingerprint(0), 8)
    assert waits.has_room(100)
    large = Waits()
    large.add(fingerprint(1), 7, Wait("ASIA1", T0), MAX_WAITING_BYTES)
    assert not large.has_room(1)


def test_what_was_settled_is_kept_as_long_as_a_message_in_flight_may_owe_it():
    waits = Waits()
    waits.add(fingerprint(1), 7, Wait("ASIA1", T0), 100)
    waits.settle(fingerprint(1), 9)
    assert waits.forgettable(8 + IN_FLIGHT) == []
    assert waits.forgettable(9 + IN_FLIGHT) == [waiting_key(7, fingerprint(1))]
    assert waits.forgettable(9 + IN_FLIGHT) == []
    assert (len(waits), waits.next_ms(), waits.of_key("ASIA1")) == (0, None, [])


def test_waits_end_in_the_order_of_their_time_and_so_many_at_once():
    waits = Waits()
    for number in range(5):
        waits.add(fingerprint(number), 7, Wait("ASIA1", T0 + 10 - number), 100)
    assert waits.next_ms() == T0 + 6
    assert waits.over(T0 + 5, 9) == []
    assert waits.over(T0 + 8, 2) == [fingerprint(4), fingerprint(3)]
    assert waits.over(T0 + 8, 9) == [fingerprint(4), fingerprint(3), fingerprint(2)]
    assert len(waits) == 5


def test_a_session_of_the_last_version_is_read():
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(a_session(1)), type=Session).v == 1
