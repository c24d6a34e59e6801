"""Embedded run: `countersign run` over a backlog, and the product from log files to verdicts on either log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from agents.standins.thread import StandInThread
from benchmarks.load.feeders import FilesFeeder
from benchmarks.load.frames import Framed, framed, hits
from benchmarks.load.records import Arrival, Load
from benchmarks.run import progress
from benchmarks.run.audit import audited, intake_counts
from benchmarks.run.backlog import until_done
from benchmarks.run.cores import MEASURED, on
from benchmarks.run.meter import Meter
from benchmarks.run.timed import Timed, timed
from benchmarks.run.triage_run import decided_ms, version_of
from streams.clock import wall_clock
from streams.embedded.location import LogLocation
from streams.embedded.writer import LogWriter
from streams.log.opening import open_log_reader
from streams.log.reader import OpenLog
from streams.records.codec import from_wire
from streams.records.intake import Intake
from streams.records.verdict import Verdict
from streams.settings.model import LogSettings
from streams.topics import Topic, plan
from tests.support.cluster import Cluster, RoleProcess
from tests.support.product import Product

PARTITIONS = 4
FILE_RECORDS = 500
PIECE = 16
READY_S = 60.0


@contextmanager
def machine(folder: Path, load: Load) -> Iterator[Product]:
    """`countersign run` with the people and accounts of the load, observing, fed by a folder; not started yet."""
    folder.mkdir(exist_ok=True)
    with StandInThread(folder) as hands, ExitStack() as stack:
        settings: dict[str, Any] = {"run": {"mode": "observe"}, "log": {"partitions": PARTITIONS}}
        product = Product(folder, hands, **settings, feeds=[trail(folder, load)])
        stack.callback(product.close)
        (folder / "people.yaml").write_text(load.staff.people_yaml())
        yield product


def trail(folder: Path, load: Load) -> dict[str, Any]:
    """The feed of a folder of log files, which is made."""
    (folder / "trail").mkdir(parents=True, exist_ok=True)
    return FilesFeeder(folder / "trail").settings(load.staff.accounts)


def measure_embedded(product: Product, arrivals: Sequence[Arrival]) -> Timed:
    """Fill the embedded log, let `countersign run` decide about all of it, end it, and read back what it did."""
    frames = framed(arrivals, PARTITIONS, version_of(product), wall_clock())
    writer = LogWriter.open(LogLocation(product.log), plan(PARTITIONS), 14)
    try:
        for start in range(0, len(frames.sends), PIECE):
            writer.append_blocking(frames.sends[start : start + PIECE])
    finally:
        writer.close()
    return _run(product, arrivals, frames, lambda _reader: 0)


def measure_files(product: Product, arrivals: Sequence[Arrival]) -> Timed:
    """From log files in the folder to verdicts: the product, bridge and all, on the measured core."""
    with FilesFeeder(product.folder / "trail") as feeder:
        for start in range(0, len(arrivals), FILE_RECORDS):
            feeder.deliver(arrivals[start : start + FILE_RECORDS])
        return measure_fed(product, arrivals)


def measure_fed(product: Product, arrivals: Sequence[Arrival], environ: dict[str, str] | None = None) -> Timed:
    """From a feed that holds everything beforehand to verdicts.

    It is timed from the bridge's first group on the log, whose records are left out, to the last verdict.
    """
    ranks = list(range(1, len(arrivals) + 1))
    frames = Framed([], [0] * len(arrivals), ranks, 0)
    places: dict[str, int] = {}
    for number, arrival in enumerate(arrivals):
        places.setdefault(msgspec.json.decode(arrival.record)["eventID"], number)

    def untaken(reader: OpenLog) -> int:
        return max(0, len(arrivals) - intake_counts(reader).total())

    return _run(product, arrivals, frames, untaken, lambda verdict: places[verdict.event_id or ""], environ)


def _run(
    product: Product,
    arrivals: Sequence[Arrival],
    frames: Framed,
    untaken: Callable[[OpenLog], int],
    number_of: Callable[[Verdict], int] = progress.number_of,
    environ: dict[str, str] | None = None,
) -> Timed:
    with ExitStack() as stack:
        processes = _start(product, environ or {})
        meters = [stack.enter_context(Meter(pid)) for pid in processes]
        reader = stack.enter_context(open_log_reader(_log_of(product)))
        until_done(lambda: untaken(reader), lambda: _last_words(product))
        committed_ms = decided_ms(reader, lambda: _last_words(product))
        codes = _stop(product)
        found = progress.decided(reader, frames, number_of)
        if not frames.sends:
            found = found._replace(steps=[_first_taken(reader), *found.steps])
        told = progress.wrong(found.verdicts, hits(arrivals))
        told += [f"a process left with {code}" for code in codes if code]
    return timed(found, meters, committed_ms, told + audited(product.config))


def _start(product: Product, environ: dict[str, str]) -> list[int]:
    """On the measured core: one supervisor and its child, or a bridge and a worker."""
    with on(MEASURED):
        if isinstance(product, Cluster):
            product.start_roles("worker", wait_s=READY_S)  # it would else find all of it done by the bridge
            product.roles.append(RoleProcess("bridge", product.folder, product.config, environ))
            return [role.process.pid for role in product.roles]
        product.start(wait_s=READY_S, **environ)  # type: ignore[arg-type]  # mypy: a mapping may hold wait_s
    assert product.process is not None
    return [product.process.pid]


def _stop(product: Product) -> list[int]:
    if isinstance(product, Cluster):
        return [role.stop() for role in product.running()]
    return [product.stop()]


def _log_of(product: Product) -> LogSettings:
    if isinstance(product, Cluster):
        return product.log_settings
    return LogSettings(f"sqlite:///{product.log}", PARTITIONS)


def _last_words(product: Product) -> str | None:
    if isinstance(product, Cluster):
        gone = [role for role in product.roles if role.process.poll() is not None]
        return gone[0].tail() if gone else None
    assert product.process is not None
    return product.output.read_text()[-3000:] if product.process.poll() is not None else None


def _first_taken(reader: OpenLog) -> progress.Step:
    """When the bridge's first group was on the log, and how many records it was."""
    firsts = [
        record
        for partition in range(reader.partitions(Topic.INTAKE))
        for record in reader.read(Topic.INTAKE, partition, reader.begin_offset(Topic.INTAKE, partition), 1)
    ]
    first = min(firsts, key=lambda record: record.timestamp_ms)
    counts = from_wire(Intake, first.value or b"").counts
    return progress.Step(first.timestamp_ms, sum(n for what, n in counts.items() if ":" not in what))
