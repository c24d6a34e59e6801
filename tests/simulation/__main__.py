"""`make simulate`: play seeds, tell how many a second, what they reached, and what they found."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.coverage import ENOUGH, holes, table
from tests.simulation.run import Played, play, rigged

CHUNK = 25


def chunk(first: int, end: int, *, traced: bool = False) -> list[Played]:
    """The seeds of a stretch, one after the other."""
    with rigged():
        return [play(seed, traced=traced) for seed in range(first, end)]


def replay(seed: int) -> str:
    """The command that plays one seed again."""
    return f"make simulate SEEDS=1 START={seed}"


def main() -> int:
    """Exit 1 where a seed failed or, given enough seeds, something was never reached."""
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--trace", action="store_true", help="print the trace of each seed, failed or not")
    asked = parser.parse_args()
    end = asked.start + asked.seeds
    begun_s = time.perf_counter()
    seeds: Counter[tuple[str, str]] = Counter()
    failed = 0
    with ProcessPoolExecutor(asked.jobs) as pool:
        stretches = range(asked.start, end, CHUNK)
        for played in pool.map(
            partial(chunk, traced=asked.trace), stretches, [min(first + CHUNK, end) for first in stretches]
        ):
            for one in played:
                seeds.update(set(one.cover))
                failed += bool(one.findings)
                if one.findings or asked.trace:
                    print("\n".join([*one.trace, f"replay: {replay(one.seed)}", ""]))
    took_s = time.perf_counter() - begun_s
    missing = holes(seeds) if asked.seeds >= ENOUGH else []
    print("\n".join(table(seeds, asked.seeds)))
    print("\n".join(f"never reached: {hole}" for hole in missing))
    print(f"{asked.seeds} seeds in {took_s:.1f} s, {asked.seeds / took_s:.0f} a second, {failed} failed")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
