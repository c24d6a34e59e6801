"""Where every key and value of a TOML text stands."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.settings.located import Path, Place
from streams.settings.toml_places import located_toml
from tests.support.toml_texts import inline

TEXT = '''\
# a comment with [brackets] = "and more"
top = 1
"quoted \\u006bey" = 'literal # no comment'
a.b.c = true

[table]
text = """
several
lines "quoted" \\""" end"""  # comment
raw = \'\'\'a'b\'\'\'
list = [
  1, # one
  [2, 3],
  {x = "y", z.w = 1979-05-27 07:32:00},
]

[table.deep]
when = 1979-05-27T07:32:00Z

[[rows]]
n = 1
[rows.sub]
k = 1
[[rows]]
n = 2
[[rows.inner]]
m = 1
'''


def test_places_of_keys_and_values():
    found = located_toml("f", TEXT)
    assert found.value == tomllib.loads(TEXT)
    values = {
        ("top",): (2, 7),
        ("quoted key",): (3, 21),
        ("a", "b", "c"): (4, 9),
        ("table",): (6, 1),
        ("table", "text"): (7, 8),
        ("table", "raw"): (10, 7),
        ("table", "list", 1, 1): (13, 7),
        ("table", "list", 2, "z", "w"): (14, 19),
        ("table", "deep", "when"): (18, 8),
        ("rows", 0): (20, 1),
        ("rows", 0, "sub", "k"): (23, 5),
        ("rows", 1, "n"): (25, 5),
        ("rows", 1, "inner", 0, "m"): (27, 5),
    }
    assert {path: found.places[path] for path in values} == {path: Place(*at) for path, at in values.items()}
    assert found.keys[("table", "list")] == Place(11, 1)
    assert found.keys[("a", "b", "c")] == Place(4, 5)
    assert found.keys[("rows",)] == Place(20, 3)


KEYS = st.text(min_size=1, max_size=6)
VALUES = st.recursive(
    st.one_of(
        st.integers(-(10**9), 10**9),
        st.booleans(),
        st.floats(allow_nan=False),
        st.text(max_size=12),
        st.datetimes(),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)


def leaves(value: Any, path: Path = ()) -> list[Path]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path, *(leaf for key, item in inner for leaf in leaves(item, (*path, key)))]


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_every_value_of_any_document_has_a_place(document: dict[str, Any]):
    text = "".join(f"{inline(key)} = {inline(value)}\n" for key, value in document.items())
    found = located_toml("f", text)
    lines = text.split("\n")
    for path in leaves(found.value):
        place = found.places[path]
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1
    for line, key in enumerate(document, start=1):
        assert found.places[(key,)].line == line
