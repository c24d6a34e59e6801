"""Files: where rules lie, the user's and the pack."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agents.rulebook.codes import Code
from streams.settings.fault import Fault

SUFFIXES = (".yaml", ".yml")


class RuleFile(NamedTuple):
    """A file of rules, and the name it goes by in messages."""

    path: Path
    name: str


def default_pack_path() -> Path:
    """The folder of the rules that come with Countersign, the guards among them."""
    return Path(__file__).parent.parent / "pack"


def pack_files() -> list[RuleFile]:
    """The files of the default pack, by their path in this package."""
    folder = default_pack_path()
    return [RuleFile(path, f"agents/{folder.name}/{path.name}") for path in sorted(folder.glob("*.yaml"))]


def rule_files(paths: Sequence[Path]) -> tuple[list[RuleFile], list[Fault]]:
    """The rule files at these paths, folders walked in order; a path that leads nowhere is a fault."""
    found: list[RuleFile] = []
    faults: list[Fault] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
            if not inside:
                message = "no .yaml file lies in this folder: add one, or take it out of rules.paths"
                faults.append(Fault(str(path), 1, 1, message, str(Code.NO_RULE_FILES)))
            found += [RuleFile(file, str(file)) for file in inside]
        elif path.is_file():
            found.append(RuleFile(path, str(path)))
        else:
            message = "there is no such file or folder: check rules.paths"
            faults.append(Fault(str(path), 1, 1, message, str(Code.NO_SUCH_PATH)))
    return found, faults
