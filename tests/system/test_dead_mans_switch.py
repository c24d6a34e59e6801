"""The dead man's switch of the one-machine run: called while all is well, silent while the child hangs."""

import json
import os
import signal
import time

import pytest

from agents.standins.thread import StandInThread
from tests.support.doorbell import Doorbell
from tests.support.product import Product

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(180)]


def child(product):
    """The process id of the latest child."""
    lines = [line for line in product.output.read_text().splitlines() if line.startswith("{")]
    return [event for event in map(json.loads, lines) if event["event"] == "child_started"][-1]["pid"]


def test_the_supervisor_calls_while_all_is_well_and_is_silent_while_its_child_hangs(tmp_path):
    with StandInThread(tmp_path) as hands, Doorbell() as bell:
        product = Product(tmp_path, hands, watchdog={"ping_url": bell.url, "ping_every_s": 1})
        try:
            product.start()
            product.until(lambda: bell.rings > 3, 40, "the switch was not called")
            os.kill(child(product), signal.SIGSTOP)
            time.sleep(7)  # until the supervisor has missed it
            rings = bell.rings
            time.sleep(5)
            assert bell.rings == rings
            product.until(lambda: bell.rings > rings + 3, 60, "the switch was not called again by the next child")
            assert bell.url not in product.output.read_text()
        finally:
            product.close()
