"""Settings of every test."""

import gc
import os

import structlog
from hypothesis import settings

from tests.support.examples import examples

gc.set_threshold(20_000)  # as in the product; with Python's 700 a fifth of all time went there

settings.register_profile("here", deadline=None, max_examples=examples(100))
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# Its own default renders every local of every frame, which takes longer than most of what is tested.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

pytest_plugins = ["tests.support.kafka", "tests.support.elasticsearch_server"]
