"""Rows: brokers that restart, die or fill their disk, and workers that come and go all the time."""

import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.chaos.row import NotPlayableError, Row
from tests.chaos.world import World

STORM_EVERY_S = 7.0
DISK_MB = 192
PIECE = 4096


def restarted(world: World) -> float:
    """The only broker is told to end and started again."""
    began_s = time.monotonic()
    (node,) = world.kafka.nodes
    node.stop()
    node.start()
    world.kafka.wait()
    down_s = time.monotonic() - began_s
    world.calm(10)
    return down_s


def leader_moved(world: World) -> None:
    """One broker of three is killed, its partitions get other leaders, and it comes back."""
    node = world.kafka.nodes[0]
    node.kill()
    world.calm(20)
    node.start()
    world.kafka.wait()
    world.calm(5)


def broker_paused(world: World) -> float:
    """One broker of three stands still: its connections stay open, and what was sent to it waits for it."""
    node = world.kafka.nodes[0]
    began_s = time.monotonic()
    node.pause()
    world.calm(20)
    node.resume()
    world.kafka.wait()
    down_s = time.monotonic() - began_s
    world.calm(5)
    return down_s


def all_down(seconds: float) -> Row:
    """Every broker is killed at once; after a while all come back."""

    def inject(world: World) -> float:
        began_s = time.monotonic()
        for node in world.kafka.nodes:
            node.kill()
        world.calm(seconds)
        for node in world.kafka.nodes:
            node.start()
        world.kafka.wait()
        down_s = time.monotonic() - began_s
        world.calm(10)
        return down_s

    words = f"kill -9 of all three brokers, back after {seconds:.0f} s"
    return Row(f"brokers-down-{seconds:.0f}", words, inject, nodes=3, settle_s=240)


def storm(seconds: float) -> Row:
    """A worker joins or leaves every 7 s: by SIGTERM and by kill -9 in turn."""

    def inject(world: World) -> None:
        until_s = time.monotonic() + seconds
        number = 0
        while time.monotonic() < until_s:
            if number % 2 == 0:
                world.keeper.start("worker")
            elif number % 4 == 1:
                world.keeper.leave(world.keeper.running("worker")[0])
            else:
                world.keeper.drop(world.keeper.running("worker")[0])
            number += 1
            world.calm(STORM_EVERY_S)

    words = f"every {STORM_EVERY_S:.0f} s for {seconds:.0f} s a worker joins, or leaves by SIGTERM or kill -9"
    return Row(f"storm-{seconds:.0f}", words, inject, outage_s=seconds, settle_s=240)


def disk_filled(world: World) -> float:
    """The broker's disk is filled up, and the broker with it; then there is room again and it is started."""
    (node,) = world.kafka.nodes
    began_s = time.monotonic()
    filler = Path(world.kafka.properties["log.dirs"]).parent / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:  # until there is no room
        while True:
            file.write(bytes(PIECE))
    world.calm(20)
    filler.unlink()
    node.kill()  # it has ended by itself, or cannot use its folder any more
    node.start()
    world.kafka.wait()
    down_s = time.monotonic() - began_s
    world.calm(10)
    return down_s


class SmallDisk:
    """A tmpfs of our own under a folder; entering raises NotPlayableError where mounting is not allowed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Path:
        self.folder.mkdir(parents=True)
        mount = shutil.which("mount")
        if mount is None:
            raise NotPlayableError("no mount here")
        command = [mount, "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotPlayableError(f"mount is not allowed here: {done.stderr.strip()}")
        return self.folder

    def __exit__(self, *ended: object) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=False)


ROWS = [
    Row("broker-restart", "the only broker is stopped and started again", restarted),
    Row("leader-move", "kill -9 of one of three brokers, back after 20 s", leader_moved, nodes=3),
    Row("broker-paused", "SIGSTOP of one of three brokers for 20 s", broker_paused, nodes=3),
    all_down(120),
    storm(300),
    Row("disk-full", f"the broker's disk of {DISK_MB} MB is full for 20 s", disk_filled, small_disk=True),
]
