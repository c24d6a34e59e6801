"""Child processes of tests: started, read line by line, and always ended by their own id."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from tests.support.failpoints import ROOT


class Child:
    """`python -m MODULE ARGUMENTS`, its standard output read as JSON lines in the background."""

    def __init__(self, module: str, *arguments: str, **environment: str) -> None:
        self.lines: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._errors: list[str] = []
        self._readers = [threading.Thread(target=self._read_lines), threading.Thread(target=self._read_errors)]
        for reader in self._readers:
            reader.start()

    def send(self, signal_number: int) -> None:
        """A signal to this process only."""
        self._process.send_signal(signal_number)

    def wait(self, timeout_s: float = 30.0) -> int:
        """The exit code."""
        code = self._process.wait(timeout_s)
        for reader in self._readers:
            reader.join(5.0)
        return code

    def until(self, condition: Callable[["Child"], object], timeout_s: float = 30.0) -> None:
        """Wait until something holds; fails with the child's own words if it ends or takes too long."""
        end = time.monotonic() + timeout_s
        while not condition(self):
            assert self._process.poll() is None, f"ended with {self._process.returncode}: {self.errors}"
            assert time.monotonic() < end, f"still waiting; {self.lines[-3:]} {self.errors[-2000:]}"
            time.sleep(0.02)

    def found(self, name: str) -> list[Any]:
        """The values of that name in its lines."""
        return [line[name] for line in list(self.lines) if name in line]

    @property
    def errors(self) -> str:
        """What it wrote to standard error."""
        return "".join(self._errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        """Kill it if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self.wait()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.lines.append(json.loads(line))
        self._process.stdout.close()

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)
        self._process.stderr.close()
