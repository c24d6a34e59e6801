"""Rows: kill -9 of a process of each role, and workers that stand still."""

import signal

from tests.chaos.row import Row
from tests.chaos.world import World

SESSION_S, HALTED = 10.0, 70
VISIBLE_AGAIN_S = 30.0
"""What a dead bridge had in its hand comes again after so long."""


def killed(role: str, outage_s: float = 0.0) -> Row:
    """A process of that role is killed in the middle; the keeper starts another."""

    def inject(world: World) -> None:
        victim = world.busiest() if role == "worker" else world.keeper.running(role)[0]
        victim.kill()
        world.calm(15)

    return Row(f"kill-{role}", f"kill -9 of one {role}", inject, outage_s=outage_s)


def paused(seconds: float) -> Row:
    """One worker of two stands still, and goes on."""

    def inject(world: World) -> None:
        sleeper = world.busiest()
        sleeper.send(signal.SIGSTOP)
        world.calm(seconds)
        sleeper.send(signal.SIGCONT)
        world.calm(10)
        if seconds > SESSION_S and sleeper.process.poll() != HALTED:
            world.findings.append(
                f"a worker that slept for {seconds:.0f} s did not leave: {sleeper.tail()[-300:]}"
            )

    return Row(f"pause-worker-{seconds:.0f}", f"SIGSTOP of the busier worker for {seconds:.0f} s", inject)


ROWS = [
    killed("worker"),
    killed("bridge", outage_s=VISIBLE_AGAIN_S),
    killed("gateway"),
    killed("watchdog"),
    paused(5),
    paused(15),
    paused(90),
]
