"""The command lines of the scenarios: what they say of themselves, and what they refuse."""

from importlib import import_module

import pytest

from benchmarks import bench


@pytest.mark.parametrize("name", bench.names())
def test_a_scenario_tells_its_name_and_its_options(name, capsys):
    with pytest.raises(SystemExit) as left:
        import_module(f"benchmarks.scenarios.{name}").main(["--help"])
    said = capsys.readouterr().out
    assert left.value.code == 0
    assert said.startswith(f"usage: countersign bench run {name} ")
    assert "--results" in said
    assert str(bench.results.FOLDER) not in said


def test_defaults_are_told(capsys):
    with pytest.raises(SystemExit):
        bench.run("triage", ["--help"])
    assert "(default: 200000)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--records", "0"], "0 is less than 1"),
        (["--rounds", "-3"], "-3 is less than 1"),
        (["--records", "many"], "'many' is no whole number"),
    ],
)
def test_a_number_that_measures_nothing_is_refused(arguments, why, capsys):
    with pytest.raises(SystemExit) as left:
        bench.run("triage", arguments)
    assert left.value.code == 2
    assert why in capsys.readouterr().err
