"""Schema: the tables of the log's file, and how a connection to it is set up."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.log.faults import LogUnusable

APPLICATION_ID = 0x43534C47
"""`CSLG` in the file's header tells a log from any other SQLite file."""

FORMAT = 1

OFFSET_BITS = 40
"""A message's row id is its partition's id and its offset, so that one b-tree holds every partition in order."""

_BUSY_MS = 10_000

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE topics (name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, retention TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE partitions (
    id INTEGER PRIMARY KEY,
    topic TEXT NOT NULL REFERENCES topics (name),
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL DEFAULT 0,
    last_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (topic, partition)
);
CREATE TABLE messages (id INTEGER PRIMARY KEY, timestamp_ms INTEGER NOT NULL, key BLOB, value BLOB);
CREATE TABLE offsets (
    consumer TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer, topic, partition)
) WITHOUT ROWID;
"""


def first_row(partition_id: int, offset: int = 0) -> int:
    """The row id of an offset in a partition; of the partition's begin if no offset is given."""
    return partition_id << OFFSET_BITS | offset


def offset_of(row: int) -> int:
    """The offset in a row id."""
    return row & (1 << OFFSET_BITS) - 1


def open_writer(path: Path, origin_ms: int, clock_speed: float) -> sqlite3.Connection:
    """The writing connection, on a file that is made if there is none.

    WAL with synchronous=FULL: a commit returns after the fsync of the write-ahead log.

    Raises:
        LogUnusable: the folder is missing, the file is no log, or a later version of Countersign made it.
        sqlite3.Error: the file cannot be written.
    """
    if not path.parent.is_dir():
        raise LogUnusable(f"the folder {path.parent} of the log does not exist: make it, or change log.url")
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0:
        _make(connection, origin_ms, clock_speed)
        _sync_folder(path.parent)
    _check_format(connection, path)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection, for this or another process, while the writer runs or not.

    Raises:
        LogUnusable: there is no such file, it is no log, or it cannot be opened.
    """
    with reading(path):
        if not path.is_file():
            raise LogUnusable(
                f"there is no log at {path}: has `countersign run` been started with this configuration?"
            )
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
            _check_format(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever keeps us from reading is one fault to who reads.

    Raises:
        LogUnusable: the file, or the system, gave something else than what was asked.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise LogUnusable(f"cannot read the log {path}: {error}") from error


def _make(connection: sqlite3.Connection, origin_ms: int, clock_speed: float) -> None:
    """Make the tables in one transaction; the clock's origin and speed are the file's for life."""
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.executemany(
        "INSERT INTO meta VALUES (?, ?)", [("origin_ms", str(origin_ms)), ("clock_speed", str(clock_speed))]
    )
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.execute("COMMIT")


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what is not a log, or not one that this version understands."""
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != APPLICATION_ID:
        raise LogUnusable(f"{path} is no Countersign log but some other SQLite file: change log.url")
    if version != FORMAT:
        raise LogUnusable(f"{path} has log format {version}, this version of Countersign reads format {FORMAT}")


def _sync_folder(folder: Path) -> None:
    """Make the new file's name itself survive a power cut."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
