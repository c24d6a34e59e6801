"""Busy hands: people who answer as soon as they are asked, beside a test that does something else."""

import threading
import time
from collections.abc import Callable
from typing import Self

from tests.support.product import Product


class BusyHands:
    """Presses Yes on every question and taps `push_state` on every push, again and again until it took."""

    def __init__(self, product: Product, push_state: str = "allow", *, details: bool = False) -> None:
        self._product = product
        self._push_state = push_state
        self._details = details
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hands", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._stop.is_set():
            standins = self._product.standins
            for message in list(standins.slack.messages):
                if message.button("countersign_yes"):
                    self._try(lambda one=message: self._product.press(one, "yes"))
                    if self._details and message.button("countersign_details"):
                        self._try(lambda one=message: self._product.press(one, "details"))
            for push in list(standins.duo.pushes):
                if push.state == "pushed":
                    self._try(lambda one=push: self._product.tap(one, self._push_state))
            time.sleep(0.2)

    def _try(self, act: Callable[[], None]) -> None:
        """The gateway may be dead just now: a person presses again."""
        try:
            act()
        except Exception:  # noqa: BLE001 - whatever the dead gateway made of the click, the next round repeats it
            time.sleep(0.05)
