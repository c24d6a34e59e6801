"""Settings of every test."""

import os

import structlog
from hypothesis import settings

from tests.support.examples import examples

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
