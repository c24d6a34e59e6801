"""A partition is ours when both tables of the cases are recovered, and not before, whatever goes meanwhile."""

import asyncio

import pytest
from faust.types import TP

from agents.cases import Cases
from streams.records.timing import Limits
from streams.shell.app import create_faust_app
from streams.shell.table import DurableTable
from streams.topics import changelog
from tables.cases import CasesTable
from tests.unit.test_claims import Kafka


class SlowKafka(Kafka):
    """The changelog of cases is large, and takes its time."""

    def __init__(self):
        super().__init__()
        self.may = asyncio.Event()

    async def read(self, topic, starts):
        if topic == changelog("cases"):
            await self.may.wait()
        async for part in super().read(topic, starts):
            yield part


@pytest.fixture
async def kafka():
    return SlowKafka()


@pytest.fixture
async def tables(kafka):
    app = create_faust_app("kafka://127.0.0.1:9092", partitions=4, writer=None)
    app.changelog = app.appender = kafka
    made = [DurableTable("cases"), DurableTable("counters")]
    for table in made:
        table.bind(app)
    return made


def places(table, *partitions):
    return {TP(changelog(table.name), partition) for partition in partitions}


async def rebalance(tables, generation, *, assigned, revoked=()):
    for table in tables:
        await table._table.on_rebalance(
            places(table, *assigned), places(table, *revoked), places(table, *assigned), generation
        )


def recover(tables, *partitions):
    return [
        asyncio.create_task(table._table.on_recovery_completed(places(table, *partitions), set()))
        for table in tables
    ]


async def test_a_partition_that_goes_while_one_table_is_recovered_was_never_ours(tables, kafka):
    cases = Cases(CasesTable(*tables, 4), limits=Limits())
    await rebalance(tables, 1, assigned=(0, 1))
    first = recover(tables, 0, 1)
    await asyncio.sleep(0.05)
    assert sorted(cases.deadlines) == []  # the counters alone are no partition
    await rebalance(tables, 2, assigned=(0,), revoked=(1,))
    kafka.may.set()
    await asyncio.gather(*first, *recover(tables, 0))
    assert sorted(cases.deadlines) == [0]


async def test_a_partition_that_comes_back_is_ours_once(tables, kafka):
    cases = Cases(CasesTable(*tables, 4), limits=Limits())
    kafka.may.set()
    for generation in (1, 2):
        await rebalance(tables, generation, assigned=(0,))
        await asyncio.gather(*recover(tables, 0))
        assert sorted(cases.deadlines) == [0]
    await rebalance(tables, 3, assigned=(), revoked=(0,))
    assert sorted(cases.deadlines) == []
