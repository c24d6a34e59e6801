"""A team's own texts: laid over the default ones, with every fault named in its place."""

import pytest

from agents.texts.catalog import default_texts, load_texts
from streams.settings.fault import FaultsFound


def test_a_text_of_the_team_replaces_ours_and_the_rest_stays(tmp_path):
    path = tmp_path / "texts.yaml"
    path.write_text('question:\n  title: "Warst du das?"\n  many: "{count} Aufrufe, {name}:"\n')
    texts = load_texts(path)
    assert texts.get("question.title") == "Warst du das?"
    assert texts.get("question.many", name="Ada", count=3) == "3 Aufrufe, Ada:"
    assert texts.outcome("verified") == default_texts().outcome("verified")


@pytest.mark.parametrize(
    ("body", "told"), [(None, "Is a directory"), (b"question: \xff", "no UTF-8"), (b"question: [", "no YAML")]
)
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path, body, told):
    path = tmp_path / "texts.yaml"
    if body is None:
        path.mkdir()
    else:
        path.write_bytes(body)
    with pytest.raises(FaultsFound, match=told):
        load_texts(path)


def test_without_a_file_the_texts_are_ours():
    assert load_texts(None) is default_texts()


def test_every_fault_is_told_with_its_place(tmp_path):
    path = tmp_path / "texts.yaml"
    path.write_text(
        'question:\n  titel: "x"\n  one: "{nome}"\n  no_button: 3\n  many: "{count!r}"\n  more: "{"\n'
        'outcome:\n  verified: ""\n'
    )
    with pytest.raises(FaultsFound) as found:
        load_texts(path)
    lines = [str(fault) for fault in found.value.faults]
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5", "6", "8"]
    assert 'unknown text "question.titel": did you mean "question.title"?' in lines[0]
    assert "{name}" in lines[1]
    assert all(line.endswith("[CS-T001]") for line in lines)
