"""The guards: each line that a mutation removes is there once, and the page tells of each."""

import pytest

from tests.mutations import BEGIN, MUTATIONS, ROOT, Outcome, copied, table, tried

each = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.guard)


@each
def test_the_line_is_there_once_and_its_tests_exist(mutation):
    assert (ROOT / mutation.file).read_text().count(mutation.line) == 1
    assert [test for test in mutation.tests if not (ROOT / test).is_file()] == []


def test_the_page_has_a_row_for_each_guard_that_names_a_test_which_exists():
    rows = (ROOT / "docs/explanation/guards.md").read_text().partition(BEGIN)[2].strip().splitlines()[2:]
    empty = table([Outcome(one, None) for one in MUTATIONS]).strip().splitlines()[2:]
    assert [row.rpartition(" | ")[0] for row in rows] == [row.rpartition(" | ")[0] for row in empty]
    for row in rows:
        file, _, test = row.rpartition(" | ")[2].strip("`| ").partition("::")
        assert f"def {test.partition('[')[0]}(" in (ROOT / file).read_text()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_guard_is_missed_by_its_tests_and_the_copy_is_whole_again(tmp_path):
    mutation = next(one for one in MUTATIONS if one.guard == "person check")
    copy = copied(tmp_path / "tree")
    noticed = tried(copy, mutation)
    assert noticed is not None
    assert noticed.startswith(mutation.tests)
    assert (copy / mutation.file).read_text() == (ROOT / mutation.file).read_text()
