"""Fetch: brings the real servers of the tests into the user's cache before any test's clock runs."""

import os

import pytest

from tests.support.elasticsearch_server import elasticsearch_zip
from tests.support.event_ruler.oracle import event_ruler_jars
from tests.support.kafka_jars import kafka_jars


def main() -> None:
    """Fetch what is missing; what cannot be had is told in a line here, and by the tests that need it."""
    os.environ.pop("CI", None)  # to fail or to skip is the tests' own word
    for fetch in (kafka_jars, event_ruler_jars, elasticsearch_zip):
        try:
            fetch()
        except (pytest.skip.Exception, pytest.fail.Exception) as reason:
            print(reason)


if __name__ == "__main__":
    main()
