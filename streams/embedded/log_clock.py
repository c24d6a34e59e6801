"""Log clock: the clock that appends are stamped with and deadlines run by; it never steps and never falls."""

import json
import sqlite3

from streams.clock import Anchor, Clock, anchored_clock, boot_id, scaled_clock, uptime_ms
from streams.log.faults import LogUnusable

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def clock_speed(connection: sqlite3.Connection) -> float:
    """How fast this log's clock runs."""
    return float(_meta(connection, "clock_speed"))


def set_anchor(connection: sqlite3.Connection) -> None:
    """Let the log's clock go on from now: from the wall's time, or from the last message where that is later.

    From here on a wall clock that steps changes nothing: deadlines run by the machine's uptime.

    Raises:
        LogUnusable: the last message is more than a day ahead of the wall: one of the two is wrong.
    """
    wall_ms = scaled_clock(int(_meta(connection, "origin_ms")), clock_speed(connection))()
    last_ms = int(connection.execute("SELECT coalesce(max(last_ms), 0) FROM partitions").fetchone()[0])
    if last_ms > wall_ms + DAY_MS * clock_speed(connection):
        raise LogUnusable(
            f"the log's last message is {(last_ms - wall_ms) // HOUR_MS} h ahead of this machine's clock: "
            "set the clock right, or start with a new file"
        )
    anchor = Anchor(max(wall_ms, last_ms), uptime_ms(), boot_id())
    text = json.dumps(anchor)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('anchor', ?)", (text,))


def load_clock(connection: sqlite3.Connection) -> Clock:
    """The log's clock as its writer anchored it in this run of the machine; else the wall's.

    In a rehearsal it runs faster than the wall's, which it left when the file was made.

    Raises:
        LogUnusable: what the file says of its clock is missing, or makes no sense.
    """
    try:
        return _load_clock(connection)
    except (TypeError, ValueError) as error:
        raise LogUnusable(f"the log says nothing sensible of its clock: {error}") from error


def _load_clock(connection: sqlite3.Connection) -> Clock:
    row = connection.execute("SELECT value FROM meta WHERE name = 'anchor'").fetchone()
    anchor = Anchor(*json.loads(row[0])) if row is not None else None
    if anchor is not None and anchor.boot_id and anchor.boot_id == boot_id():
        return anchored_clock(anchor, clock_speed(connection))
    return scaled_clock(int(_meta(connection, "origin_ms")), clock_speed(connection))


def _meta(connection: sqlite3.Connection, name: str) -> str:
    value: str = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0]
    return value
