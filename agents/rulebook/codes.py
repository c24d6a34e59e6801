"""Codes: one for each kind of fault in a rules file; docs/reference/rules.md explains each."""

from enum import StrEnum

from agents.decisions.rules.words import Complaint


class Code(StrEnum):
    """What can be wrong; the numbers are public and are never given another meaning."""

    NO_YAML = "CS-R001"
    NO_SUCH_PATH = "CS-R002"
    NO_RULE_FILES = "CS-R003"
    NOT_A_RULE = "CS-R004"
    UNKNOWN_KEY = "CS-R005"
    MISSING_KEY = "CS-R006"
    WRONG_TYPE = "CS-R007"
    BAD_ID = "CS-R008"
    REPEATED_ID = "CS-R009"
    REPLACES_NOTHING = "CS-R010"
    GUARD = "CS-R011"
    UNKNOWN_ACTION = "CS-R012"
    EMPTY_MATCH = "CS-R013"
    ENVELOPE_FIELD = "CS-R014"
    MISSPELT_FIELD = "CS-R015"
    NO_TESTS = "CS-R016"
    UNKNOWN_STAGE = "CS-R017"
    PLACEHOLDER = "CS-R018"
    PATTERN_SHAPE = "CS-R020"
    EMPTY_PATTERN = "CS-R021"
    UNKNOWN_MATCHER = "CS-R022"
    BAD_ARGUMENT = "CS-R023"
    BAD_NUMERIC = "CS-R024"
    BAD_CIDR = "CS-R025"
    BAD_WILDCARD = "CS-R026"
    BAD_ANYTHING_BUT = "CS-R027"
    BAD_OR = "CS-R028"
    UNKNOWN_CONDITION = "CS-R030"
    BAD_REGEX = "CS-R032"
    BAD_SPAN = "CS-R033"
    UNKNOWN_WORD = "CS-R034"
    BAD_COUNT = "CS-R035"
    UNKNOWN_SETTING = "CS-R040"
    BAD_SETTING = "CS-R041"
    UNKNOWN_GROUPING = "CS-R042"
    BAD_TEST = "CS-R050"
    REPEATED_TEST = "CS-R051"
    FAILED_TEST = "CS-R052"
    NEVER_MATCHES = "CS-R060"
    SHADOWED = "CS-R061"
    CUT_OFF = "CS-R062"
    ONE_SIDED = "CS-R063"
    SIGMA = "CS-R070"


WARNINGS = (Code.NEVER_MATCHES, Code.SHADOWED, Code.CUT_OFF, Code.ONE_SIDED)
"""What `rules check` says of rules that load; a rule may accept it."""

OF_COMPLAINT = {
    Complaint.SHAPE: Code.PATTERN_SHAPE,
    Complaint.EMPTY: Code.EMPTY_PATTERN,
    Complaint.WORD: Code.UNKNOWN_MATCHER,
    Complaint.ARGUMENT: Code.BAD_ARGUMENT,
    Complaint.NUMERIC: Code.BAD_NUMERIC,
    Complaint.CIDR: Code.BAD_CIDR,
    Complaint.WILDCARD: Code.BAD_WILDCARD,
    Complaint.ANYTHING_BUT: Code.BAD_ANYTHING_BUT,
    Complaint.OR: Code.BAD_OR,
}
"""The code of each mistake that the pattern language itself knows."""
