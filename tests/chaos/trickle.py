"""Trickle: a steady flow of calls by several people through the queue, and what was published when."""

import json
import threading
import time
import uuid
from itertools import cycle
from typing import Any, Self

from streams.records.fingerprint import fingerprint
from tests.support.aws import SnsToSqs
from tests.support.cloudtrail import call, stop_logging
from tests.support.product import now_text

EVERY_S = 0.5
PATTERN = ("notify", "log", "notify", "log", "alert", "notify")
DOUBLED = 10
"""Each tenth call comes twice, as a queue may deliver it."""


class Trickle:
    """Publishes one call each half second until it is left; `published` has its time by fingerprint (epoch ms)."""

    def __init__(self, queue: SnsToSqs, people: list[str]) -> None:
        self.published: dict[bytes, int] = {}
        self._queue = queue
        self._people = cycle(people)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trickle", daemon=True)
        self._fault: Exception | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No more calls; fails where one could not be published."""
        self._stop.set()
        self._thread.join(30)
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        due_s = time.monotonic()
        try:
            for number, kind in enumerate(cycle(PATTERN)):
                due_s += EVERY_S
                if self._stop.wait(max(0.0, due_s - time.monotonic())):
                    return
                self._publish(number, kind)
        except Exception as fault:  # noqa: BLE001 - told where the thread is joined
            self._fault = fault

    def _publish(self, number: int, kind: str) -> None:
        record = record_of(kind, next(self._people), number)
        self.published[fingerprint(record)] = time.time_ns() // 1_000_000
        for _ in range(2 if number % DOUBLED == DOUBLED - 1 else 1):
            self._queue.publish(json.dumps({"Records": [record]}))


def record_of(kind: str, person: str, number: int) -> dict[str, Any]:
    """A call of that person that is asked about, only logged, or paged."""
    identity = {**call()["userIdentity"], "userName": person, "accessKeyId": f"AKIA{person.upper()}"}
    fields = {"eventID": str(uuid.uuid4()), "eventTime": now_text(), "userIdentity": identity}
    match kind:
        case "alert":
            return stop_logging(**fields, requestParameters={"name": f"trail-{number}"})
        case "log":
            return call(**fields, eventName="CreateGroup")
        case _:
            return call(**fields, requestParameters={"userName": f"user-{number}"})
