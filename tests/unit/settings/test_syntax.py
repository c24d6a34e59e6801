"""Syntax: each slip that a newcomer makes in YAML or TOML is told with its place and with what mends it."""

from pathlib import Path

import pytest
import yaml

from streams.settings import located
from streams.settings.fault import FaultsFound
from streams.settings.load import survey
from streams.settings.located import documents

YAML = [
    ('title: "x\nbecause: y\n', "1:8: this is no YAML: the quote that opens here is never closed: close it"),
    ("title: x\n\taction: y\n", "2:1: this is no YAML: a tab stands here: indent with blanks"),
    ("match:\n\teventName: [a]\n", "2:1: this is no YAML: a tab stands here: indent with blanks"),
    ("id: a\ntitle: b\nid: c\n", '3:1: "id" stands twice in this mapping, first in line 1: keep one'),
    ("match: [b\nc: d\n", ": close the [ of line 1 with ]"),
    ("match: {b: c\nd: e\n", ": close the { of line 1 with }"),
    ("because: who: me\n", "1:13: "),
    ("because: who: me\n", ": put a text with a colon in it in quotes"),
    ("title: @x\n", ": put a text that begins with @, ` or % in quotes"),
    ("title: *x\n", ": put a text that begins with * in quotes"),
    ("title: !x y\n", ": put a text that begins with ! in quotes"),
    ('title: "\\d"\n', ": double each backslash, or take single quotes"),
    (
        "title: 'it's'\n",
        ": begin what belongs together in one column; put a text with quotes inside into the other",
    ),
    ("a: b\nday: 2020-13-45\n", "2:6: "),
    ("a: b\nday: 2020-13-45\n", ": put it in quotes, it reads like a number or date"),
    ("a: b\nc: d\x07\n", "2:5: this is no YAML: a control character (#x0007) stands here: take it out"),
]
TOML = [
    ('[run]\nmode = "observe\n', "2:16: "),
    ('[run]\nmode = "observe\n', ": close the quote that is open"),
    ("[run]\nmode = observe\n", "2:8: this is no TOML: invalid value: write texts in plain quotes"),
    (
        '[run]\nmode = "observe"\nmode = "enforce"\n',
        '3:1: this is no TOML: "mode" stands twice in its table: keep one',
    ),
    ("[run]\n[log]\n[run]\n", "3:2: this is no TOML: [run] stands twice: put its keys together"),
    ('[feeds]\nkind = "sqs"\n[[feeds]]\n', "or write [[feeds]] each time"),
    (
        '[run]\nmode: "observe"\n',
        "2:5: this is no TOML: expected '=' after a key in a key/value pair: write it as key",
    ),
    ("[run\n", ": close the name of the table with ]"),
    ('[[feeds]]\naccounts = ["1"\nkind = "sqs"\n', ": close the [ that is open with ]"),
    ('[[feeds]]\ntopics = { a = "b"\n', ": close the { that is open with }"),
    ('[log]\nurl = "C:\\q"\n', ": double each backslash, or take single quotes"),
    ("[log]\nretention_days = 14d\n", "2:20: "),
    ("[log]\nretention_days = 14d\n", ": write one key a line, and texts in quotes"),
]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, located._FastLoader])
@pytest.mark.parametrize(("text", "told"), YAML)
def test_a_slip_in_yaml_is_told_by_either_parser(text: str, told: str, loader: type, monkeypatch):
    monkeypatch.setattr(located, "_FastLoader", loader)
    [fault] = documents("f.yaml", text, "CS-R001")[1]
    assert told in str(fault).removeprefix("f.yaml:")


@pytest.mark.parametrize(("text", "told"), TOML)
def test_a_slip_in_toml_is_told(text: str, told: str, tmp_path: Path):
    file = tmp_path / "c.toml"
    file.write_text(text)
    with pytest.raises(FaultsFound) as found:
        survey(file, {})
    [fault] = found.value.faults
    assert told in str(fault).removeprefix(f"{file}:")
