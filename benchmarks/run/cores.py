"""Cores: what is measured has one core to itself; brokers, stand-ins and the benchmark share the others."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

ALL = frozenset(os.sched_getaffinity(0))
MEASURED = frozenset({max(ALL)})
OTHERS = (ALL - MEASURED) or ALL


@contextmanager
def on(cores: frozenset[int]) -> Iterator[None]:
    """Run on these cores; every process and thread that is started meanwhile stays on them."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
