"""Codes: what each configuration fault is called in docs/reference/configuration.md."""

from enum import StrEnum


class ConfigCode(StrEnum):
    """One code a kind of mistake; a code is never given a second meaning."""

    UNREADABLE = "CS-C001"
    NO_TOML = "CS-C002"
    UNKNOWN_KEY = "CS-C003"
    WRONG_TYPE = "CS-C004"
    UNKNOWN_WORD = "CS-C005"
    OUT_OF_RANGE = "CS-C006"
    BAD_URL = "CS-C007"
    PLAIN_HTTP = "CS-C008"
    BAD_ACCOUNT = "CS-C009"
    BAD_TOPIC = "CS-C010"
    MISSING = "CS-C011"
    SECRET_TWICE = "CS-C012"  # noqa: S105 - the name of a fault, no password
    SECRET_FILE = "CS-C013"  # noqa: S105 - the name of a fault, no password
    FEED_NOT_BUILT = "CS-C014"
    FEED_KEY = "CS-C015"
    FEEDS_OVERLAP = "CS-C016"
    TIMING = "CS-C017"
    UNKNOWN_VARIABLE = "CS-C018"
    BAD_VARIABLE = "CS-C019"
    BAD_LOG_URL = "CS-C020"
    BAD_LISTEN = "CS-C021"
    OPEN_CONSOLE = "CS-C022"
    NO_SUCH_PATH = "CS-C023"
    WRONG_CREDENTIAL = "CS-C024"
    UNBOUND_FEED = "CS-C025"
    WRONG_LOG = "CS-C027"
    LOG_KEY = "CS-C028"
    OPEN_LOG = "CS-C029"
