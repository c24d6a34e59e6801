"""How cases are found: by the beginning of a hash, which two may share, and all the same never the wrong one."""

import pytest
from msgspec.structs import replace

from streams.records.case_head import head_of
from streams.records.codec import to_entry
from tables import case_index
from tables.case_index import CaseIndex, covers, fingerprints_of
from tables.case_shelf import CaseShelf
from tests.support.cases import GRACE, Partition, call, fingerprint


@pytest.fixture(params=("as they are", "all alike"))
def marks(request, monkeypatch):
    """Once with the marks that there are, and once where all calls and all groups share one."""
    if request.param == "all alike":
        monkeypatch.setattr(case_index, "MARK_BYTES", 0)
        monkeypatch.setattr("streams.records.case_head.MARK_BYTES", 0)


@pytest.mark.usefixtures("marks")
def test_a_call_is_found_in_the_case_that_covers_it_alone():
    partition = Partition()
    partition.send(call(1), call(2))
    partition.send(call(3, GRACE))
    for _ in range(2):
        ada, grace = (partition.shelf.holding(fingerprint(number)) for number in (1, 3))
        assert ada is not None
        assert grace not in {None, ada}
        assert [partition.shelf.holding(fingerprint(number)) for number in (2, 4)] == [ada, None]
        partition.send(call(1), call(2), call(3, GRACE))
        assert len(partition.shelf.cases) == 2
        partition.restart()


@pytest.mark.usefixtures("marks")
def test_a_group_is_never_taken_for_another():
    partition = Partition()
    partition.send(call(1), call(2, GRACE))
    keys = {case.asked.person: case.group_key for case in partition.shelf.cases.values()}
    found = partition.shelf.collecting(keys["grace"])
    assert found is not None
    assert found.group_key == keys["grace"]
    assert getattr(partition.shelf.collecting(keys["ada"]), "group_key", keys["ada"]) == keys["ada"]
    assert partition.shelf.collecting("nobody's") is None
    for case_id in list(partition.shelf.cases):
        partition.due(case_id, after_ms=120_000)
    assert partition.shelf.last_frozen_ms("nobody's") is None
    assert partition.shelf.last_frozen_ms(keys["grace"]) == partition.now_ms


@pytest.mark.usefixtures("marks")
def test_a_case_that_is_forgotten_leaves_the_others_alone():
    partition = Partition()
    partition.send(call(1))
    partition.send(call(2, GRACE))
    index = CaseIndex(partition.shelf.cases.peek)
    ada, grace = (head_of(case) for case in partition.shelf.cases.values())
    for head in (ada, grace):
        index.add(head)
    index.drop(ada)
    assert [index.holders(fingerprint(number)) for number in (2,)] == [(grace.case_id,)]
    assert ada.case_id not in index.holders(fingerprint(1))


def test_what_a_command_that_broke_left_in_the_index_holds_no_call():
    partition = Partition()
    partition.send(call(1))
    case = partition.only()
    index = partition.shelf._index
    index.add(head_of(replace(case, fingerprints=case.fingerprints + fingerprint(2))), known=32)
    gone = replace(case, case_id="gone", group_key="other", asked=None, fingerprints=fingerprint(3))
    index.add(head_of(gone))
    assert [partition.shelf.holding(fingerprint(number)) for number in (1, 2, 3)] == [case.case_id, None, None]
    partition.send(call(2), call(3))
    assert partition.only().fingerprints == fingerprint(1) + fingerprint(2) + fingerprint(3)


def test_a_call_is_covered_where_its_fingerprint_stands_and_not_where_two_others_meet():
    partition = Partition()
    partition.send(call(1), call(2))
    case = partition.only()
    first, second = fingerprints_of(case)
    assert covers(case, first)
    assert covers(case, second)
    assert not covers(case, first[16:] + second[:16])
    assert not covers(case, fingerprint(3))


def test_a_damaged_entry_is_passed_over_and_all_others_are_taken():
    """One bit on a disk must not stop the cases of everybody else."""
    partition = Partition()
    partition.send(call(1))
    partition.send(call(2, GRACE))
    entries = {case.case_id.encode(): to_entry(case) for case in partition.shelf.cases.values()}
    damaged, sound = entries
    entries[damaged] = entries[damaged][:-1] + bytes([entries[damaged][-1] ^ 1])
    shelf = CaseShelf(0, 1)
    shelf.load(entries)
    assert list(shelf.cases) == [sound.decode()]
    assert shelf.peek(damaged.decode()) is None
