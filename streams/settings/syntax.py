"""Syntax: what a parser says of a text that is no YAML or no TOML, in words that say how to mend it."""

import re
from typing import NamedTuple

import yaml

_COLUMNS = "begin what belongs together in one column; put a text with quotes inside into the other kind of quotes"
_YAML: tuple[tuple[str, str], ...] = (
    (r"undefined alias", 'put a text that begins with * in quotes: *a means the value that is marked "&a"'),
    (r"cannot start any token", "put a text that begins with @, ` or % in quotes"),
    (r"',' or '\]'", "close the [ of line {opened} with ], and put commas between its values"),
    (r"',' or '\}'", "close the {{ of line {opened} with }}, and put commas between its keys"),
    (
        r"mapping values are not allowed",
        "put a text with a colon in it in quotes; else begin the key in its own column",
    ),
    (
        r"sequence entries are not allowed",
        "begin a list in its own line, or put a text that begins with - in quotes",
    ),
    (r"expected ':'", "write a colon and a blank after each key"),
    (r"constructor for the tag|unknown tag|undefined tag", "put a text that begins with ! in quotes"),
    (r"escape character", "double each backslash, or take single quotes"),
    (r"expected key|expected '-' indicator|<block end>", _COLUMNS),
    (r"node content", "write the value that is missing, or close the bracket"),
    (
        r"document start|directive",
        "take out what follows the end; put a text that begins with % in quotes",
    ),
    (
        r"does not fit its tag|in 1\.\.|out of range|digits|literal",
        "put it in quotes, it reads like a number or date",
    ),
)
_TOML: tuple[tuple[str, str], ...] = (
    (r"illegal character '\\n'|unterminated|expected \"'\"|expected '\"", "close the quote that is open"),
    (r"invalid value", "write texts in plain quotes, numbers without, true and false small"),
    (r"unclosed array", "close the [ that is open with ]"),
    (r"unclosed inline table", "close the { that is open with }, in the same line"),
    (r"unescaped|escape", "double each backslash, or take single quotes"),
    (r"expected '='", "write it as key = value"),
    (r"end of a table declaration", "close the name of the table with ]"),
    (r"newline or end of document", "write one key a line, and texts in quotes"),
    (r"invalid statement|key part", "each line is key = value, or [table]"),
    (r"duplicate", "keep one of the two"),
    (r"illegal character|invalid character", "take the control character out"),
)
_OTHERWISE = "correct it at this place"
_KEY = re.compile(r"[ \t]*([A-Za-z0-9_.-]+)[ \t]*=")
_TABLE = re.compile(r"[ \t]*\[\[?[ \t]*([A-Za-z0-9_. -]+?)[ \t]*\]\]?")


class Told(NamedTuple):
    """A fault of the form: its place, counted from 1, and the message."""

    line: int
    column: int
    message: str


def of_yaml(error: yaml.MarkedYAMLError, text: str) -> Told:
    """What is wrong with a YAML text; a quote that is never closed is told where it opens."""
    problem = " ".join((error.problem or "").split())
    opened, mark = error.context_mark, error.problem_mark or error.context_mark
    if "end of stream" in problem and opened is not None and "quoted" in (error.context or ""):
        message = "this is no YAML: the quote that opens here is never closed: close it"
        return Told(opened.line + 1, opened.column + 1, message)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if _letter(text, line, column) == "\t":
        return Told(line, column, "this is no YAML: a tab stands here: indent with blanks, YAML takes no tabs")
    remedy = _remedy(problem, _YAML).format(opened=opened.line + 1 if opened else line)
    return Told(line, column, f"this is no YAML: {problem}: {remedy}")


def unmarked_yaml(problem: str, text: str) -> Told:
    """The same where the parser does not say a place: a control character, or a text that is nested too deep."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found is None:
        return Told(1, 1, f"this is no YAML: {problem}: {_remedy(problem, _YAML)}")
    before = text[: found.start()].split("\n")
    message = f"this is no YAML: a control character (#x{ord(found[0]):04x}) stands here: take it out"
    return Told(len(before), len(before[-1]) + 1, message)


def _letter(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    return lines[line - 1][column - 1 : column] if line <= len(lines) else ""


def of_toml(text: str, line: int, column: int, problem: str) -> Told:
    """What is wrong with a TOML text at a place; what stands twice is told by its name, at its beginning."""
    what = problem[:1].lower() + problem[1:]
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    key, table = _KEY.match(written), _TABLE.match(written)
    if what.startswith(("cannot overwrite", "cannot declare", "cannot mutate")):
        if key is not None:
            return Told(line, key.start(1) + 1, f'this is no TOML: "{key[1]}" stands twice in its table: keep one')
        if table is not None:
            twice = f"[{table[1]}] stands twice: put its keys together, or write [[{table[1]}]] each time"
            return Told(line, table.start(1) + 1, f"this is no TOML: {twice}")
    return Told(line, column, f"this is no TOML: {what}: {_remedy(what, _TOML)}")


def _remedy(problem: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((remedy for words, remedy in known if re.search(words, problem)), _OTHERWISE)
