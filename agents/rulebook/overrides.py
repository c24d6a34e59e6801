"""Overrides: the configuration's timing and limits, where a rule sets its own."""

from agents.rulebook.codes import Code
from agents.rulebook.page import Page
from streams.records.timing import Limits, Timing

TIMING = tuple(f"{field.removesuffix('_ms')}_s" for field in Timing.__struct_fields__)
LIMITS = Limits.__struct_fields__
"""The keys of [timing] and [limits] that a case freezes when it opens: only those can differ by rule."""


def read_overrides(page: Page, section: str, known: tuple[str, ...]) -> dict[str, int]:
    """The overrides under `timing` or `limits`, by the configuration's own keys; each a positive whole number."""
    if section not in page.value:
        return {}
    found = page.value[section]
    if not page.is_a((section,), found, dict):
        return {}
    page.keys((section,), found, known, Code.UNKNOWN_SETTING, f"key of {section}")
    overrides: dict[str, int] = {}
    for key, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            page.fault((section, str(key)), f"{key} must be a whole number above 0", Code.BAD_SETTING)
        else:
            overrides[str(key)] = value
    return overrides
