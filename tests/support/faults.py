"""Faults of a text, for tests of everything that reads a file of the user's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.settings.fault import FaultsFound


def faults_of(work: Callable[[], object], folder: Path | None = None) -> list[str]:
    """The one-line form of every fault that `work` raises, without the test's own folder."""
    with pytest.raises(FaultsFound) as caught:
        work()
    lines = [str(fault) for fault in caught.value.faults]
    return [line.replace(f"{folder}/", "") for line in lines] if folder is not None else lines
