"""Owners: what a former owner of a partition wrote too late is passed over by every plain reader."""

from agents.gateway.case_view import CaseView
from streams.log.owners import Owners
from streams.log.record import Record
from streams.records.case import CaseState
from streams.records.codec import to_entry
from tests.support.gateway import NOW_MS, TOPIC, MemoryReader, make_case


def record(epoch: int, partition: int = 0) -> Record:
    return Record("t", partition, 0, 0, b"k", b"v", epoch)


def test_a_lower_epoch_does_not_count_in_its_partition_and_an_equal_one_does():
    owners = Owners()
    told = [
        owners.accept(record(epoch, partition)) for epoch, partition in [(3, 0), (2, 0), (2, 1), (3, 0), (4, 0)]
    ]
    assert told == [True, False, True, True, True]


def test_without_epochs_everything_counts():
    owners = Owners()
    assert all(owners.accept(record(0)) for _ in range(3))


def test_the_case_view_does_not_go_back_to_what_a_sleeper_wrote():
    log = MemoryReader()
    for epoch, state in [(1, CaseState.WAITING), (2, CaseState.ESCALATED), (1, CaseState.VERIFIED)]:
        case = make_case(state=state)
        log.append(TOPIC, case.partition, case.case_id.encode(), to_entry(case))
        part = log.topics[TOPIC][case.partition]
        part[-1] = part[-1]._replace(epoch=epoch, timestamp_ms=NOW_MS)
    view = CaseView(log)
    view.poll()
    assert [case.state for case in view.open_cases()] == [CaseState.ESCALATED]
    assert view.ended_cases() == []
