"""Log view: the log, read beside a running pipeline; nothing here can write."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import rich_click as click

from agents.cli.options import chosen_config
from streams.embedded.reader import LogReader
from streams.log.opening import open_log_reader
from streams.log.owners import Owners
from streams.log.reader import OpenLog, TopicReader
from streams.log.record import Record
from streams.records.case import Case
from streams.records.codec import from_entry, from_wire
from streams.records.dead_letter import DeadLetter
from streams.records.fact import Fact
from streams.records.verdict import Verdict, VerdictFrame
from streams.settings.load import survey
from streams.topics import Topic, changelog

READ_LIMIT = 1_000


def open_log(config: Path | None, log: Path | None) -> OpenLog:
    """The log that the configuration names, or the file that was named; other parts' secrets need not be readable.

    Raises:
        FaultsFound: there is no configuration, or it cannot be read.
        LogUnusable: there is no log yet, or it cannot be read.
        UsageError: the configuration does not say which log, or how to reach it.
    """
    if log is not None:
        return LogReader(log)
    settings = survey(chosen_config(config), os.environ).settings.log
    hush_clients()
    try:
        return open_log_reader(settings)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def hush_clients() -> None:
    """What a client library logs about a broker is said again, in one line, by the fault it ends in."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def cases(reader: TopicReader) -> list[Case]:
    """Every case that the log still holds, in its newest state, the oldest first."""
    found: dict[bytes, Case] = {}
    for record in filter(Owners().accept, _records(reader, changelog("cases"))):
        key = record.key or b""
        found.pop(key, None)
        if record.value is not None:
            found[key] = from_entry(Case, record.value)
    return sorted(found.values(), key=lambda case: (case.opened_ms, case.case_id))


def facts(reader: TopicReader, partition: int | None = None) -> dict[str, list[Fact]]:
    """What happened in each case, in order; a fact that was written twice counts once."""
    partitions = range(reader.partitions(Topic.CASE_LOG)) if partition is None else [partition]
    found: dict[str, dict[int, Fact]] = {}
    for number in partitions:
        for record in _partition(reader, Topic.CASE_LOG, number):
            if record.value is not None:
                fact = from_wire(Fact, record.value)
                found.setdefault(fact.case_id, {})[fact.seq] = fact
    return {case_id: [by_seq[seq] for seq in sorted(by_seq)] for case_id, by_seq in found.items()}


def verdicts(reader: TopicReader) -> Iterator[Verdict]:
    """What triage decided about each call that the log still holds; a frame that was sent twice comes twice."""
    for record in _records(reader, Topic.VERDICTS):
        if record.value is not None:
            yield from from_wire(VerdictFrame, record.value).verdicts


def dead_letters(reader: TopicReader) -> Iterator[tuple[str, DeadLetter]]:
    """Every dead letter with its id, `PARTITION-OFFSET`."""
    for record in _records(reader, Topic.DEAD_LETTERS):
        if record.value is None:
            continue
        try:
            yield f"{record.partition}-{record.offset}", from_wire(DeadLetter, record.value)
        except msgspec.DecodeError as error:
            raise click.ClickException(f"dead letter {record.partition}-{record.offset}: {error}") from None


def _records(reader: TopicReader, topic: str) -> Iterator[Record]:
    for partition in range(reader.partitions(topic)):
        yield from _partition(reader, topic, partition)


def _partition(reader: TopicReader, topic: str, partition: int) -> Iterator[Record]:
    offset, end = reader.begin_offset(topic, partition), reader.end_offset(topic, partition)
    while offset < end:
        records = reader.read(topic, partition, offset, READ_LIMIT)
        if not records:
            return
        yield from records
        offset = records[-1].offset + 1
