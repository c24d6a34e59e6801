"""Fault forms: faults for other programs: SARIF for code scanners, workflow commands for GitHub."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from agents.rulebook.codes import Code
from streams.settings.fault import Fault

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(faults: Sequence[Fault], version: str) -> dict[str, Any]:
    """One run of SARIF 2.1.0 (OASIS), with every code that `rules check` knows as a rule."""
    rules = [{"id": str(code), "shortDescription": {"text": _words(code)}} for code in Code]
    driver = {"name": "countersign", "semanticVersion": version, "rules": rules}
    results = [_result(fault) for fault in faults]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _words(code: Code) -> str:
    return code.name.replace("_", " ").capitalize()


def _result(fault: Fault) -> dict[str, Any]:
    region = {"startLine": max(fault.line, 1), "startColumn": max(fault.column, 1)}
    place = {"artifactLocation": {"uri": quote(PurePath(fault.file).as_posix())}, "region": region}
    return {
        "ruleId": fault.code,
        "level": "warning" if fault.warning else "error",
        "message": {"text": fault.message},
        "locations": [{"physicalLocation": place}],
    }


_DATA: Mapping[str, str] = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY: Mapping[str, str] = {**_DATA, ":": "%3A", ",": "%2C"}


def github(faults: Sequence[Fault]) -> list[str]:
    """A workflow command a fault, which GitHub shows at its line of a pull request."""
    return [
        f"::{'warning' if fault.warning else 'error'} file={_escaped(fault.file, _PROPERTY)},line={fault.line},"
        f"col={fault.column},title={fault.code}::{_escaped(fault.message, _DATA)}"
        for fault in faults
    ]


def _escaped(text: str, marks: Mapping[str, str]) -> str:
    return "".join(marks.get(letter, letter) for letter in text)
