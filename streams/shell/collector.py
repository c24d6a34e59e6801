"""Collector: Python's garbage collector, at rest while a recovery builds up what stays."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


class Collector:
    """Several may ask for rest at once; it goes on when the last of them is done.

    A recovery makes millions of objects and next to no garbage that only a collector can find. Searching them for
    it, again and again while they grow in number, takes as long as reading them from the brokers. Nor is what is
    there at its end searched ever again, be it a million cases or what imports have made: that took 5 % of a busy
    worker's time. It is freed as ever once nobody holds it.
    """

    def __init__(self) -> None:
        self._asked = 0

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Nothing is collected meanwhile."""
        self._asked += 1
        gc.disable()
        try:
            yield
        finally:
            self._asked -= 1
            if self._asked == 0:
                gc.freeze()
                gc.enable()


COLLECTOR = Collector()
"""The process has one."""
