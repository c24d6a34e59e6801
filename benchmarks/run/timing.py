"""Timing: CPU time of a piece of work, the least of several rounds: what disturbs only ever adds."""

import gc
import time
from collections.abc import Callable
from typing import Any


def cpu_s(work: Callable[[], Any], rounds: int) -> float:
    """CPU seconds of one round; what the caller holds already is left out of garbage collection."""
    gc.collect()
    gc.freeze()
    try:
        return min(_once(work) for _ in range(rounds))
    finally:
        gc.unfreeze()


def _once(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
