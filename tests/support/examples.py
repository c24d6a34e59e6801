"""How many examples a property is shown: all in `make test`, a part of them in `make check`."""

import os

LEAST = 10
PERCENT = int(os.environ.get("EXAMPLES_PERCENT", "100"))


def examples(count: int) -> int:
    """That many, or the part of them that this run is for."""
    return max(LEAST, count * PERCENT // 100)
