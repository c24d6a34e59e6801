"""Files are delivered once each, in order, whole, and not again after a restart."""

import asyncio
import os
import socket
import time
from itertools import count

import pytest
import structlog

from streams.bridge.binding import Binding
from streams.feeds import file, files
from streams.feeds.feed import Batch
from streams.feeds.files import FilesFeed
from streams.feeds.metrics import FAULTS
from streams.records.codec import from_wire
from streams.records.position import FeedPosition
from streams.topics import Topic
from tests.support import cloudtrail as ct

NOW_MS = 1_767_323_045_000
RECORD = ct.compact(ct.call())


def write(path, body: bytes, *, age_ms: int = 60_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, ns=((NOW_MS - age_ms) * 1_000_000,) * 2)


def feed(tmp_path, finished=None, **options) -> FilesFeed:
    return FilesFeed(
        "files", [tmp_path], Binding(), lambda: NOW_MS, finished=finished or {}, poll_s=0.01, **options
    )


async def read(source: FilesFeed) -> list[Batch]:
    return [batch async for batch in source.batches()]


def names(batches: list[Batch]) -> list[str]:
    return [delivery.file for batch in batches for delivery in batch.deliveries]


def positions(batches: list[Batch]) -> dict[str, str]:
    sends = [send for batch in batches for send in batch.sends]
    assert all(send.topic == Topic.FEED_POSITIONS for send in sends)
    return {one.part: one.mark for one in (from_wire(FeedPosition, send.value) for send in sends)}


async def test_files_are_walked_sorted_and_others_left(tmp_path):
    for name in ("b/2.json", "b/1.json.gz", "a.ndjson", "c.jsonl", "d.txt"):
        write(tmp_path / name, RECORD)
    assert names(await read(feed(tmp_path))) == ["a.ndjson", "1.json.gz", "2.json", "c.jsonl"]


async def test_a_finished_file_does_not_come_again(tmp_path):
    write(tmp_path / "a.json", RECORD)
    write(tmp_path / "b.json", RECORD)
    finished = positions(await read(feed(tmp_path)))
    assert await read(feed(tmp_path, finished)) == []
    write(tmp_path / "b.json", RECORD + b"\n" + RECORD)
    write(tmp_path / "c.json", RECORD)
    assert names(await read(feed(tmp_path, finished))) == ["b.json", "c.json"]


async def test_a_file_that_was_only_touched_does_not_come_again(tmp_path):
    write(tmp_path / "a.json", RECORD)
    finished = positions(await read(feed(tmp_path)))
    write(tmp_path / "a.json", RECORD, age_ms=30_000)
    assert await read(feed(tmp_path, finished)) == []


async def test_a_half_written_file_is_taken_when_it_stops_growing(tmp_path):
    growing = tmp_path / "growing.json"
    write(growing, RECORD[:10], age_ms=0)
    ends, times = iter([100, 100, 300, 300, len(RECORD)]), count(0, 600)

    def clock() -> int:  # asked once a poll, after the file's size was
        end = next(ends, None)
        if end is not None:
            write(growing, RECORD[:end], age_ms=-60_000 - end)
        return NOW_MS

    options = {"finished": {}, "watch": True, "poll_s": 0.001, "uptime": lambda: next(times)}
    source = FilesFeed("files", [tmp_path], Binding(), clock, **options)
    batches = source.batches()
    batch = await asyncio.wait_for(anext(batches), 5)
    assert batch.deliveries[0].body == RECORD
    await batches.aclose()


async def test_a_file_that_was_read_is_not_looked_at_one_by_one_again(tmp_path, monkeypatch):
    for number in range(5):
        write(tmp_path / f"{number}.json", RECORD)
    source, looked = feed(tmp_path, watch=True), []
    read_one = source._read
    monkeypatch.setattr(source, "_read", lambda path: looked.append(path.name) or read_one(path))
    batches = source.batches()
    for number in range(5):
        write(tmp_path / f"{number}.json", RECORD + b" " * number)
        await asyncio.wait_for(anext(batches), 5)
    following = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0.05)
    write(tmp_path / "new.json", b" " + RECORD)
    await asyncio.wait_for(following, 5)
    assert looked == ["0.json", "1.json", "2.json", "3.json", "4.json", "new.json"]
    await batches.aclose()


async def test_a_folder_that_takes_long_to_look_through_is_left_alone_for_longer(tmp_path, monkeypatch):
    source, pauses = feed(tmp_path, watch=True), []
    walk = source._walk
    monkeypatch.setattr(source, "_walk", lambda: time.sleep(0.05) or walk())
    sleep = asyncio.sleep

    async def paused(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(0)

    monkeypatch.setattr(files.asyncio, "sleep", paused)
    looking = asyncio.ensure_future(anext(source.batches()))
    while not pauses:
        await sleep(0.01)
    looking.cancel()
    assert pauses[0] >= files.RESTS * 0.05


async def test_a_watched_folder_gives_a_file_that_was_renamed_into_it(tmp_path):
    batches = feed(tmp_path, watch=True).batches()
    following = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0.03)
    write(tmp_path / "aside", RECORD)
    (tmp_path / "aside").rename(tmp_path / "new.json")
    batch = await asyncio.wait_for(following, 5)
    assert names([batch]) == ["new.json"]
    await batches.aclose()


async def test_a_file_that_cannot_be_read_is_passed_over(tmp_path):
    (tmp_path / "a.json").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "b.json", RECORD)
    assert names(await read(feed(tmp_path))) == ["b.json"]


async def test_a_name_that_is_no_utf8_is_read_and_marked_once(tmp_path):
    strange = os.fsencode(tmp_path) + b"/caf\xe9.json"
    with open(strange, "wb") as file:  # noqa: ASYNC230, PTH123 - a Path is no bytes
        file.write(RECORD)
    write(tmp_path / "caf\\xe9.json", RECORD)
    write(tmp_path / "zz.json", RECORD)
    batches = await read(feed(tmp_path))
    assert [delivery.body for batch in batches for delivery in batch.deliveries] == [RECORD] * 3
    finished = positions(batches)
    assert sorted(part.rpartition("/")[2] for part in finished) == ["caf\\\\xe9.json", "caf\\xe9.json", "zz.json"]
    assert await read(feed(tmp_path, finished)) == []


@pytest.mark.timeout(20)
async def test_what_is_no_regular_file_does_not_hold_up_the_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo(tmp_path / "a.json")
    (tmp_path / "b.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("c.json")
        write(tmp_path / "d.json", RECORD)
        assert names(await asyncio.wait_for(read(feed(tmp_path)), 5)) == ["d.json"]


async def test_whatever_one_file_makes_us_raise_the_next_is_read(tmp_path, monkeypatch):
    write(tmp_path / "a.json", RECORD)
    write(tmp_path / "b.json", RECORD)
    broken = True

    def read_or_break(path):
        if broken and path.name == "a.json":
            raise MemoryError("no room")
        return file.read(path)

    monkeypatch.setattr(files, "read", read_or_break)
    faults = FAULTS.labels("files", "read")
    before = faults._value.get()
    with structlog.testing.capture_logs() as logs:
        source = feed(tmp_path)
        assert names(await read(source)) == ["b.json"]
        assert await read(source) == []
        broken = False
        assert names(await read(source)) == ["a.json"]
    assert faults._value.get() - before == 2
    assert [(log["event"], log["error"]) for log in logs] == [("file_unreadable", "MemoryError: no room")]


async def test_a_folder_that_cannot_be_looked_at_leaves_the_others(tmp_path):
    write(tmp_path / "b.json", RECORD)
    paths = [tmp_path / ("x" * 300), tmp_path]
    source = FilesFeed("files", paths, Binding(), lambda: NOW_MS, finished={})
    assert names(await read(source)) == ["b.json"]


async def test_a_folder_that_vanishes_is_told_once_and_anew_when_it_vanishes_again(tmp_path):
    inbox, gone = tmp_path / "inbox", tmp_path / "gone"
    inbox.mkdir()
    source = FilesFeed("files", [inbox], Binding(), lambda: NOW_MS, finished={})
    with structlog.testing.capture_logs() as told:
        for there in (True, False, False, True, False):
            here, other = (gone, inbox) if there else (inbox, gone)
            if here.exists():
                here.rename(other)
            assert await read(source) == []
    assert [(one["event"], one["error"]) for one in told] == [
        ("file_unreadable", "FileNotFoundError: it is not there")
    ] * 2


async def test_a_file_that_is_too_large_is_read_up_to_its_last_whole_line_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "MAX_FILE_BYTES", 3 * len(RECORD))
    write(tmp_path / "a.ndjson", (RECORD + b"\n") * 5)
    write(tmp_path / "b.json", RECORD * 4)
    write(tmp_path / "c.json", RECORD)
    (lines,), (document,), (whole,) = [batch.deliveries for batch in await read(feed(tmp_path))]
    assert (lines.body, lines.cut_from) == ((RECORD + b"\n") * 2, 5 * len(RECORD) + 5)
    assert (document.body, document.cut_from) == (RECORD * 3, 4 * len(RECORD))
    assert (whole.body, whole.cut_from) == (RECORD, None)


async def test_what_is_passed_over_for_its_name_is_named_and_counted_once(tmp_path):
    for name in ("a.json", "b.JSON", "c.json.zst"):
        write(tmp_path / name, RECORD)
    counted = FAULTS.labels("files", "passed_over")._value.get
    before = counted()
    source = feed(tmp_path)
    with structlog.testing.capture_logs() as told:
        assert names(await read(source)) == ["a.json"]
        assert await read(source) == []
    assert [one["path"].rsplit("/")[-1] for one in told if one["event"] == "file_passed_over"] == [
        "b.JSON",
        "c.json.zst",
    ]
    assert counted() - before == 2
