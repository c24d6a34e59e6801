"""Codes: what each fault of a people file is called in docs/reference/people.md."""

from enum import StrEnum


class PeopleCode(StrEnum):
    """One code a kind of mistake; a code is never given a second meaning."""

    UNREADABLE = "CS-P001"
    NO_YAML = "CS-P002"
    UNKNOWN_KEY = "CS-P003"
    WRONG_TYPE = "CS-P004"
    MISSING = "CS-P005"
    BAD_ACCOUNT = "CS-P006"
    CLAIMED_TWICE = "CS-P007"
    LOOK_ALIKE = "CS-P008"
    UNKNOWN_PERSON = "CS-P009"
    BAD_FORM = "CS-P010"
    NO_SLACK = "CS-P011"
    NO_DUO = "CS-P012"
    NO_CLAIM = "CS-P013"
    READS_ALIKE = "CS-P014"
    NO_EXPORT = "CS-P015"
    LEFT = "CS-P016"
    ONE_IN_DUO = "CS-P017"
