"""Files: a feed of CloudTrail log files, from folders that are walked in order and watched for new ones."""

import asyncio
import hashlib
import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from errno import ENOENT
from pathlib import Path

import structlog

from streams.bridge.binding import Binding
from streams.clock import Clock, uptime_ms
from streams.envelopes.files import SUFFIXES
from streams.feeds.feed import Batch, Delivery
from streams.feeds.file import NoFile, Seen, part_of, read, seen
from streams.feeds.metrics import FAULTS
from streams.records.codec import to_wire
from streams.records.position import FeedPosition, position_key
from streams.shell.failpoints import step
from streams.shell.message import Send
from streams.topics import Topic

POLL_S = 0.25
RESTS = 3
"""After a look that took long and brought nothing, the folders are left alone for so many times that."""
SETTLED_MS, UNCHANGED_MS = 2_000, 1_000
"""A file last written so long ago is taken at once, a younger one once polls find it unchanged so long."""

_log = structlog.get_logger(__name__)


class FilesFeed:
    """Every file of the paths once, one file a batch; a folder is walked sorted, and polled when it is watched.

    `finished` maps a file to the mark of its position record (size:mtime_ns:sha256), as the log last had it. A
    file with the same size and time is skipped unread, one with the same content skipped when read; a file that
    changed comes again as a whole, and triage drops the calls it knows.
    Invariant: no file holds up another. One that cannot be read is counted, named in the logs once for each
    reason, and tried again by every poll. In a folder a name that cannot hold calls is logged and counted once.
    """

    def __init__(
        self,
        name: str,
        paths: list[Path],
        binding: Binding,
        clock: Clock,
        *,
        finished: Mapping[str, str],
        backfill: bool = True,
        watch: bool = False,
        poll_s: float = POLL_S,
        uptime: Clock = uptime_ms,
    ) -> None:
        self.name = name
        self.binding = binding
        self.backfill = backfill
        self._paths = paths
        self._clock = clock
        self._finished = dict(finished)
        self._watch = watch
        self._poll_s = poll_s
        self._uptime = uptime
        self._growing: dict[str, tuple[Seen, int]] = {}
        self._complained: dict[str, str] = {}
        self._passed_over: set[str] = set()

    async def batches(self) -> AsyncGenerator[Batch, None]:
        """A batch a file; without `watch` until every file was read once."""
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            unread = await step("files.walk", asyncio.to_thread(self._unread))
            idle_s = loop.time() - began_s
            for path in unread:
                began_s = loop.time()
                batch = await step("files.read", asyncio.to_thread(self._read, path))
                if batch is not None:
                    yield batch
                else:
                    idle_s += loop.time() - began_s
            if not self._watch:
                return
            await asyncio.sleep(max(self._poll_s, RESTS * idle_s))

    async def done(self, batch: Batch) -> None:
        """Nothing to do: the file's position record went to the log with its calls."""

    def _unread(self) -> list[Path]:
        """The files that are not known as they are, in their order."""
        return [path for path in self._walk() if not self._is_finished(path)]

    def _is_finished(self, path: Path) -> bool:
        try:
            return self._is_known(part_of(path), seen(path))
        except (OSError, NoFile):
            return False  # whoever reads it says what is wrong

    def _is_known(self, part: str, now: Seen) -> bool:
        return self._finished.get(part, "").startswith(f"{now.size}:{now.mtime_ns}:")

    def _walk(self) -> list[Path]:
        found: list[Path] = []
        others: list[Path] = []
        for path in self._paths:
            try:
                if path.is_dir():
                    found += walk(path, others=others, on_error=self._unlistable)
                elif path.exists():
                    found.append(path)
                else:
                    self._complain(part_of(path), FileNotFoundError(ENOENT, "it is not there"))
                    continue
            except OSError as error:
                self._complain(part_of(path), error)
                continue
            self._is_back(part_of(path))
        for path in others:
            self._pass_over(part_of(path))
        return found

    def _read(self, path: Path) -> Batch | None:
        part = part_of(path)
        try:
            return self._batch(path, part)
        except Exception as error:  # noqa: BLE001 - whatever one file makes us raise, the next is read (I14)
            self._complain(part, error)
            return None

    def _batch(self, path: Path, part: str) -> Batch | None:
        looked_ms = self._uptime()
        now = seen(path)
        if self._is_known(part, now) or not self._is_settled(part, now, looked_ms):
            return None
        known = self._finished.get(part, "")
        body, cut_from = read(path)
        self._complained.pop(part, None)
        digest = hashlib.sha256(body).hexdigest()
        mark = f"{now.size}:{now.mtime_ns}:{digest}"
        self._finished[part] = mark
        if known.endswith(f":{digest}"):
            return None
        position = FeedPosition(self.name, part, mark, self._clock())
        send = Send(Topic.FEED_POSITIONS, position_key(self.name, part), to_wire(position))
        return Batch([Delivery(body, part, file=path.name, cut_from=cut_from)], [send])

    def _pass_over(self, part: str) -> None:
        """Say once of a file that its name keeps it from being read: it may hold calls all the same."""
        if part not in self._passed_over:
            self._passed_over.add(part)
            FAULTS.labels(self.name, "passed_over").inc()
            _log.warning("file_passed_over", feed=self.name, path=part, read=SUFFIXES)

    def _unlistable(self, error: OSError) -> None:
        self._complain(part_of(Path(error.filename)), error)

    def _complain(self, part: str, error: Exception) -> None:
        FAULTS.labels(self.name, "read").inc()
        told = f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
        if self._complained.get(part) != told:
            self._complained[part] = told
            _log.warning("file_unreadable", feed=self.name, path=part, error=told)

    def _is_back(self, part: str) -> None:
        """What was gone and is there again may be missed anew."""
        if self._complained.get(part, "").startswith(FileNotFoundError.__name__):
            del self._complained[part]

    def _is_settled(self, part: str, now: Seen, looked_ms: int) -> bool:
        """Whether a file is whole: nobody has written to it lately. One renamed into place keeps its old time."""
        if self._watch and self._clock() - now.mtime_ns // 1_000_000 < SETTLED_MS:
            before, since_ms = self._growing.get(part, (None, 0))
            if before != now:
                self._growing[part] = now, looked_ms
                return False
            if looked_ms - since_ms < UNCHANGED_MS:
                return False
        self._growing.pop(part, None)
        return True


def walk(
    folder: Path,
    *,
    others: list[Path] | None = None,
    on_error: Callable[[OSError], None] | None = None,
) -> Iterator[Path]:
    """The files below a folder that can hold calls, sorted by path; the rest go to `others`.

    A folder that cannot be listed goes to `on_error`, or is passed over. Links to folders are not followed.
    """
    listing = os.walk(folder, onerror=on_error)
    for path in sorted(Path(root) / name for root, _, names in listing for name in names):
        if path.name.endswith(SUFFIXES):
            yield path
        elif others is not None:
            others.append(path)
