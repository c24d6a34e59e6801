"""Settings of every test."""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

pytest_plugins = ["tests.support.kafka", "tests.support.elasticsearch_server"]
