"""Play: one row from an empty log to its verdict."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.chaos.row import Row
from tests.chaos.rows_brokers import SmallDisk
from tests.chaos.verdict import Verdict, judge
from tests.chaos.world import World
from tests.support.kafka import KafkaServer


def play(row: Row, folder: Path, kafka: KafkaServer) -> Verdict:
    """Start everything, let calls trickle, do the harm, let it settle, stop everything, judge."""
    with World(folder, kafka, row.timing) as world:
        for role in row.roles:
            world.keeper.start(role, **row.environ(world, role))
        world.keeper.until_ready()
        _say(row, "ready")
        with world.trickle:
            world.calm(row.calm_s)
            measured_s = row.inject(world)
            _say(row, "injected")
            world.calm(row.calm_s)
        missing = world.until_settled(row.settle_s)
        _say(row, missing or "settled")
        world.keeper.stop_all()
        return judge(row, world, missing, measured_s)


def play_alone(row: Row) -> Verdict:
    """A row on a cluster of its own, in a folder that goes with it."""
    with tempfile.TemporaryDirectory(prefix="countersign-chaos-") as name, _kafka(row, Path(name)) as kafka:
        folder = Path(name) / "world"
        folder.mkdir()
        return play(row, folder, kafka)


@contextmanager
def _kafka(row: Row, folder: Path) -> Iterator[KafkaServer]:
    """A cluster for one row."""
    with ExitStack() as stack:
        properties = {"min.insync.replicas": "2"} if row.nodes == 3 else {}
        if row.small_disk:
            disk = stack.enter_context(SmallDisk(folder / "disk"))
            properties["log.dirs"] = str(disk / "data")
        yield stack.enter_context(KafkaServer(folder / "kafka", nodes=row.nodes, **properties))


def _say(row: Row, words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {row.name}: {words}\n")
    sys.stderr.flush()
