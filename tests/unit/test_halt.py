"""The last words of a process quote no record."""

import subprocess
import sys

from streams.log.faults import LogFailed
from streams.shell.halt import EXIT_CODE, safe_traceback
from tests.support.failpoints import ROOT


def _fail():
    try:
        {}["AKIA-secret-key"]
    except KeyError as error:
        raise ValueError("body: secret words") from error


def test_a_traceback_names_places_and_types_but_no_values():
    try:
        _fail()
    except ValueError as error:
        text = safe_traceback(error)
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
    assert "test_halt.py" in text
    assert "in _fail" in text
    assert "secret" not in text


def test_the_words_of_the_operating_system_are_kept():
    assert "No space left on device" in safe_traceback(OSError(28, "No space left on device"))


def test_what_we_say_of_the_log_is_kept():
    fault = LogFailed("kafka://broker:9092: an append failed: not accepted within 30 s")
    assert "not accepted within 30 s" in safe_traceback(fault)


def test_halting_logs_the_reason_and_ends_at_once_without_cleanup():
    program = (
        "import atexit, logging; from streams.shell.halt import halt\n"
        "logging.basicConfig(); atexit.register(print, 'cleaned up')\n"
        "try: halt('the reason', ValueError('secret'))\n"
        "finally: print('finally')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == EXIT_CODE
    assert ended.stdout == ""
    assert "the reason" in ended.stderr
    assert "secret" not in ended.stderr
