"""Footprint: what an installation of the product weighs, and how soon `countersign --help` is there.

    countersign bench run footprint [--results FOLDER]

Installs the pinned requirements and the product itself, wheels only (no compiler), into a temporary folder.
Exit 1 where a bar of the project is missed: 80 packages, 150 MB, 0.3 s.
"""

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.report import results
from benchmarks.report.figures import Better, Figure
from benchmarks.run.options import command_line

NAME = "footprint"
ROOT = Path(__file__).parents[2]
MB = 1_000_000
BARS = {"packages": 80, "installed_mb": 150, "help_s": 0.3}
RUNS = 20
INSTALL_S, HELP_S = 900, 30


def main(arguments: Sequence[str] | None = None) -> int:
    """Install, weigh, time, write the results; the exit code."""
    parser = command_line(NAME, __doc__)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="countersign-footprint-") as name:
        _install(Path(name))
        result = _weighed(Path(name)) | _timed()
    missed = [f"{what} is {result[what]}, the bar {bar}" for what, bar in BARS.items() if result[what] >= bar]
    lines = _markdown(result)
    units = {"packages": "", "installed_mb": "MB", "help_s": "s"}
    figures = [Figure(what, result[what], units[what], Better.LESS, bar)._asdict() for what, bar in BARS.items()]
    results.write("footprint", result | {"figures": figures, "missed": missed}, lines, options.results)
    sys.stdout.write("\n".join([*lines, *missed]) + "\n")
    return 1 if missed else 0


def _markdown(result: dict[str, Any]) -> list[str]:
    largest = ", ".join(f"{name} {size} MB" for name, size in result["largest_mb"].items())
    helps = f"{result['help_fastest_s']} / {result['help_s']} / {result['help_slowest_s']} s"
    rows = [
        ("packages, without the product", f"{result['packages']} (bar: under {BARS['packages']})"),
        ("installed, wheels only", f"{result['installed_mb']} MB (bar: under {BARS['installed_mb']})"),
        ("the largest", largest),
        (f"`countersign --help`, fastest / median / slowest of {RUNS}", f"{helps} (bar: under {BARS['help_s']})"),
    ]
    return ["# What an installation weighs", "", *results.table(rows)]


def _weighed(folder: Path) -> dict[str, Any]:
    """Packages and megabytes; the bytecode that pip compiles is part of it."""
    sizes: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            sizes[path.relative_to(folder).parts[0]] += path.stat().st_size
    return {
        "packages": len(list(folder.glob("*.dist-info"))) - 1,  # the product is none of its requirements
        "installed_mb": round(sizes.total() / MB, 1),
        "largest_mb": {name: round(size / MB, 1) for name, size in sizes.most_common(10)},
    }


def _timed() -> dict[str, float]:
    times_s = sorted(_help_s() for _ in range(RUNS))
    chosen = {"help_fastest_s": times_s[0], "help_s": median(times_s), "help_slowest_s": times_s[-1]}
    return {name: round(value, 2) for name, value in chosen.items()}


def _install(folder: Path) -> None:
    """The pinned set with its hashes, then the product; wheels only, so that a missing one fails."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pinned = ["--only-binary", ":all:", "--require-hashes", "-r", str(ROOT / "requirements" / "product.txt")]
    own = ["--no-build-isolation", str(ROOT)]
    for what in (pinned, own):
        subprocess.run([*pip, "--target", str(folder), *what], check=True, timeout=INSTALL_S)


def _help_s() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "agents.cli.main", "--help"]
    subprocess.run(command, check=True, timeout=HELP_S, cwd=ROOT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
