"""`countersign demo` as a newcomer starts it, for tests that read what it says or open its page."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

REPO = Path(__file__).parents[2]
DEMO = (sys.executable, "-m", "agents.cli.main", "demo")
PLAY_S = 90


def play(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the demo to its end; `env` is added to this process's environment."""
    return subprocess.run(
        (*DEMO, *arguments),
        check=False,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=PLAY_S,
        cwd=REPO,
    )


def processes_naming(text: str) -> list[str]:
    """The command lines of this machine that name a text; a process that is gone meanwhile is none."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in line and int(folder.name) != os.getpid():
            found.append(line)
    return found


class DemoPage:
    """The demo with its page served and no browser opened; `url` is the page's address."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = (*DEMO, "--no-open", "--data", str(self.data))
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=REPO, start_new_session=True
        )
        assert self._process.stdout is not None
        for line in iter(self._process.stdout.readline, ""):
            if "open http://127.0.0.1:" in line:
                self.url = line.partition("open ")[2].split()[0]
                return self
        raise AssertionError(f"the demo ended with {self._process.wait(PLAY_S)} before it served its page")

    def leave(self) -> int:
        """Press Ctrl-C; the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(30)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        process = self._process
        assert process is not None
        try:
            if process.poll() is None:
                self.leave()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            assert process.stdout is not None
            process.stdout.close()
