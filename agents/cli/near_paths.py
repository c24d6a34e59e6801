"""Near paths: what lies below the working folder is told by its way from there, as people type it."""

import os
import re
from pathlib import Path

from msgspec.structs import replace

from streams.settings.fault import Fault


def near(text: str) -> str:
    """The text with every path below the working folder made relative; so one output has one kind of path."""
    here = os.fspath(Path.cwd())
    if here == os.sep:
        return text
    return re.sub(rf"(?<![\w./-]){re.escape(here)}/(?=[^/\s])", "", text)


def near_fault(fault: Fault) -> Fault:
    """The same fault with near paths in its place and in its words."""
    return replace(fault, file=near(fault.file), message=near(fault.message))
