"""Drafts: the rules of a file, and of the whole pack, before they are put together."""

from collections.abc import Iterable
from functools import cache

from agents.rulebook.codes import Code
from agents.rulebook.document import Draft, read_document
from agents.rulebook.files import RuleFile, pack_files
from streams.records.publication import SourceText
from streams.settings.fault import Fault, FaultsFound
from streams.settings.located import documents


@cache
def packed_drafts() -> tuple[Draft, ...]:
    """The rules that come with Countersign; the files do not change while it runs.

    Raises:
        FaultsFound: the installed files were altered, or are not all there.
    """
    read = [read_file(file) for file in pack_files()]
    faults = [fault for _, found in read for fault in found]
    if faults or not read:
        missing = Fault(
            "pack", 1, 1, "the default pack is not there: install Countersign again", str(Code.NO_SUCH_PATH)
        )
        raise FaultsFound(faults or [missing])
    return tuple(draft for drafts, _ in read for draft in drafts)


def rule_texts(files: Iterable[RuleFile]) -> tuple[list[SourceText], list[Fault]]:
    """The texts of these files, and a fault for each that cannot be read."""
    texts: list[SourceText] = []
    faults: list[Fault] = []
    for file in files:
        try:
            texts.append(SourceText(file.name, file.path.read_text(encoding="utf-8")))
        except OSError as error:
            message = f"this file cannot be read: {error.strerror}: check who may read it"
            faults.append(Fault(file.name, 1, 1, message, str(Code.NO_YAML)))
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            message = "this line is no UTF-8: save the file as UTF-8"
            faults.append(Fault(file.name, line, 1, message, str(Code.NO_YAML)))
    return texts, faults


def read_file(file: RuleFile) -> tuple[list[Draft], list[Fault]]:
    """The rules of a file that have no fault, and the faults of the others."""
    texts, faults = rule_texts([file])
    return read_text(texts[0]) if texts else ([], faults)


def read_text(source: SourceText) -> tuple[list[Draft], list[Fault]]:
    """The rules of a text that have no fault, and the faults of the others."""
    found, faults = documents(source.name, source.text, str(Code.NO_YAML))
    drafts: list[Draft] = []
    for located in found:
        if located.value is None:
            continue
        draft, wrong = read_document(located)
        faults += wrong
        if draft is not None:
            drafts.append(draft)
    return drafts, faults
