"""Keeper: what starts a role again when it ended, as an orchestrator does, and remembers how each ended."""

import threading
import time
from contextlib import suppress
from typing import Self

from agents.decisions.audit.outside import Process
from tests.support.cluster import Cluster, RoleProcess

LOOK_S = 0.2
LOOK_AGAIN_S = 0.05
AGAIN_S = 2.0
STEPS_BACK_TO_S = 20.0
"""After one that died young and died young before: systemd's RestartSteps and Kubernetes wait longer each time."""
YOUNG_S = 20.0
STOPS_S = 35.0
FAILPOINT = "CS_FAILPOINT"
"""In the environment of a process that dies at it, and is started again for the next one."""


class Keeper:
    """Keeps so many processes of each role running."""

    def __init__(self, cluster: Cluster, environ: dict[str, str]) -> None:
        self.cluster = cluster
        self.ended: list[Process] = []
        self._environ = environ
        self._kept: dict[RoleProcess, dict[str, str]] = {}
        self._again: list[tuple[float, str, dict[str, str]]] = []
        self._waits_s: dict[int, float] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def start(self, *names: str, **environ: str) -> list[RoleProcess]:
        """One more process of each of these roles."""
        return [self._start(name, environ) for name in names]

    def running(self, name: str = "") -> list[RoleProcess]:
        """The processes that run now, of that role or of all."""
        return self.cluster.running(name)

    def environs(self) -> list[dict[str, str]]:
        """What each process that is kept was started with, beside what all have."""
        with self._lock:
            return [*self._kept.values(), *(environ for _, _, environ in self._again)]

    def current(self, environ: dict[str, str]) -> RoleProcess | None:
        """The process that was started with these very values last; None while it is about to be."""
        with self._lock:
            return next((one for one, found in self._kept.items() if found is environ), None)

    def until_ready(self, wait_s: float = 120.0) -> None:
        """Until every process that is kept says so, but for those that are to die at failpoints."""
        self.cluster.until(self._all_ready, wait_s, "not every role is ready")

    def leave(self, process: RoleProcess) -> None:
        """Tell one to end, and do not start it again."""
        with self._lock:
            self._kept.pop(process, None)
        self._stopped([process])

    def drop(self, process: RoleProcess) -> None:
        """Kill one, and do not start it again."""
        with self._lock:
            self._kept.pop(process, None)
        process.kill()
        self._note(process)

    def stop_all(self) -> None:
        """Tell all to end, and wait."""
        self.__exit__()
        self._stopped(self.running())

    def _start(self, name: str, environ: dict[str, str]) -> RoleProcess:
        made = self._environ | environ
        process = RoleProcess(name, self.cluster.folder, self.cluster.config, made)
        if name == "gateway":
            process.port = self.cluster.port
        with self._lock:
            self.cluster.roles.append(process)
            self._kept[process] = environ
        return process

    def _all_ready(self) -> bool:
        with self._lock:
            kept = [process for process, environ in self._kept.items() if FAILPOINT not in environ]
            waiting = any(FAILPOINT not in environ for _, _, environ in self._again)
        return not waiting and all(answers(process) for process in kept)

    def _run(self) -> None:
        while not self._stop.wait(LOOK_S):
            now_s = time.monotonic()
            with self._lock:
                gone = [one for one in self._kept if one.process.poll() is not None]
                for one in gone:
                    environ = self._kept.pop(one)
                    self._again.append((now_s + self._wait_s(one, environ), one.name, environ))
                due = [one for one in self._again if one[0] <= now_s]
                self._again = [one for one in self._again if one[0] > now_s]
            for one in gone:
                self._note(one)
            for _, name, environ in due:
                self._start(name, environ)

    def _wait_s(self, gone: RoleProcess, environ: dict[str, str]) -> float:
        """How long to wait with the next in its place: longer each time that one was killed young."""
        killed_young = gone.process.returncode < 0 and time.monotonic() - gone.started_s < YOUNG_S
        wait_s = self._waits_s.get(id(environ), AGAIN_S) if killed_young else AGAIN_S
        self._waits_s[id(environ)] = min(wait_s * 2, STEPS_BACK_TO_S)
        return wait_s

    def _stopped(self, leaving: list[RoleProcess]) -> None:
        """Tell some to end and wait; who does not is killed, and was told all the same."""
        for process in leaving:
            process.tell()
        end_s = time.monotonic() + STOPS_S
        while sum(not process.has_left() for process in leaving) and time.monotonic() < end_s:
            time.sleep(LOOK_AGAIN_S)
        for process in leaving:
            if not process.has_left():
                process.kill()
            self._note(process)

    def _note(self, process: RoleProcess) -> None:
        ended = process.ended()
        assert ended is not None
        self.ended.append(ended)


def answers(process: RoleProcess) -> bool:
    """Whether a process runs and says that it is ready."""
    with suppress(AssertionError):  # it ended just now
        return process.is_ready()
    return False
