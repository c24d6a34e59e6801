"""Work: that something hostile costs no more than it should, whatever else the machine has to do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def at_most_cpu_s(limit_s: float) -> Iterator[None]:
    """What is done inside uses less CPU time of this process. Limits are wide: what multiplies takes minutes."""
    began_s = time.process_time()
    yield
    used_s = time.process_time() - began_s
    assert used_s < limit_s, f"{used_s:.1f} s of CPU"
