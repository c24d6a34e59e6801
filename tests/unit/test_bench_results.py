"""The harness's results: a run that lost a record fails, a missing peer is named, and two results are compared."""

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import bench
from benchmarks.report import results
from benchmarks.report.comparison import compared
from benchmarks.report.figures import Better, Figure, read, spread
from benchmarks.report.overview import overview
from benchmarks.report.results import Outcome, conclude
from benchmarks.run import outputs, peer, progress

FAST = Figure("ours: rate", 50_000, "records/s", Better.MORE)


def written(folder: Path, *figures: Figure, **more) -> dict:
    conclude("one", Outcome("One", list(figures), **more), folder)
    return json.loads((folder / "one.json").read_text())


def test_a_good_run_passes(tmp_path: Path):
    assert conclude("one", Outcome("One", [FAST]), tmp_path) == 0
    assert read(json.loads((tmp_path / "one.json").read_text())) == [FAST]


def test_a_lost_record_fails_whatever_the_speed(tmp_path: Path):
    outcome = Outcome("One", [FAST._replace(bar=1)], findings=["1 calls without a verdict"])
    assert conclude("one", outcome, tmp_path) == 1
    told = (tmp_path / "one.md").read_text()
    assert told.index("1 calls without a verdict") < told.index("50,000 records/s")


def test_a_missed_bar_fails_and_says_by_how_much(tmp_path: Path):
    assert conclude("one", Outcome("One", [FAST._replace(bar=100_000)]), tmp_path) == 1
    assert "the bar 100000: 50 % short of it" in (tmp_path / "one.md").read_text()


@pytest.mark.parametrize(("value", "missed"), [(1.9, False), (2.0, False), (2.1, True)])
def test_where_less_is_better_a_bar_is_the_most(value: float, *, missed: bool):
    assert (Figure("ratio", value, "times", Better.LESS, 2.0).missed() is not None) is missed


def test_lost_doubled_and_made_up_verdicts_are_found():
    told = "\n".join(progress.wrong(Counter(a=1, b=2, x=1), {"a": 3, "b": 1, "c": 1}))
    assert "1 calls without a verdict, the first c" in told
    assert "1 calls with several, the first b" in told
    assert "1 calls with a verdict that none was due, the first x" in told
    assert progress.wrong(Counter(a=1), {"a": 3}) == []  # second copies are one call


def test_a_peer_is_held_to_the_same():
    hits = Counter(a=2, b=1)
    good = {"records": 10, "hits": 3}
    assert outputs.wrong("peer", good, hits, hits, 10) == []
    assert outputs.wrong("peer", good, None, hits, 10) == []
    told = "\n".join(outputs.wrong("peer", {"records": 9, "hits": 2}, Counter(a=3), hits, 10))
    assert "peer read 9 of 10 records" in told
    assert "peer found 2 of 3 hits" in told
    assert "peer lost 1 outputs and doubled 1" in told


def run_peer(module: str, python: Path) -> peer.Ran:
    one = peer.Peer("One", module)
    return peer.run(one, hosts="127.0.0.1:1", topic="t", output="o", messages=1, python=python)


def test_a_peer_without_its_venv_is_named(tmp_path: Path):
    ran = run_peer("quix", tmp_path / "bin" / "python")
    assert ran.missing is not None
    assert "make bench" in ran.missing


def test_a_peer_that_fails_is_named_with_its_last_words():
    import sys

    ran = run_peer("no_such_engine", Path(sys.executable))
    assert ran.missing is not None
    assert "No module named" in ran.missing


def test_a_missing_peer_stands_in_the_report(tmp_path: Path):
    result = written(tmp_path, FAST, missing={"Bytewax": "it ended with 1"})
    assert "Bytewax: it ended with 1" in (tmp_path / "one.md").read_text()
    assert any("Bytewax (it ended with 1)" in line for line in overview([result], set()))


def test_a_comparison_tells_better_from_worse(tmp_path: Path):
    old = written(tmp_path, FAST, Figure("memory", 100, "MB", Better.LESS))
    faster = written(tmp_path, FAST._replace(value=60_000), Figure("memory", 90, "MB", Better.LESS))
    lines, worse = compared(old, faster, 0.1)
    assert not worse
    assert any("+20.0 %" in line and "better" in line for line in lines)
    lines, worse = compared(faster, old, 0.05)
    assert worse
    assert sum("WORSE" in line for line in lines) == 2


def test_a_failed_run_is_worse_however_fast(tmp_path: Path):
    old = written(tmp_path, FAST)
    failed = written(tmp_path, FAST._replace(value=90_000), findings=["a record was lost"])
    lines, worse = compared(old, failed, 0.1)
    assert worse
    assert any("a record was lost" in line for line in lines)


def test_a_figure_that_is_gone_and_another_machine_are_told(tmp_path: Path):
    old = written(tmp_path, FAST)
    new = written(tmp_path, FAST._replace(name="another"))
    new["machine"]["cpus"] = 64
    told = "\n".join(compared(old, new, 0.1)[0])
    assert "gone" in told
    assert "not the same machine" in told


def test_folders_are_compared_by_what_both_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()
    written(tmp_path / "old", FAST)
    written(tmp_path / "new", FAST._replace(value=10_000))
    (tmp_path / "new" / "another.json").write_text("{}")
    assert bench.compare(tmp_path / "old", tmp_path / "new", 0.1) == 1
    told = capsys.readouterr().out
    assert "-80.0 %" in told
    assert f"only in {tmp_path / 'new'}: another.json" in told


def test_the_overview_says_which_bars_are_met(tmp_path: Path):
    figures = [FAST._replace(bar=40_000), Figure("ratio", 3.0, "times", Better.LESS, 2.0)]
    told = "\n".join(overview([written(tmp_path, *figures)], {"one_rate"}))
    assert "| at least 40000 | met |" in told
    assert "| at most 2 | **missed**, 50 % over it |" in told
    assert "one_rate.svg" in told


def test_a_report_is_written_again_with_what_was_found_out_since(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(results, "NOTES", tmp_path / "notes")
    monkeypatch.setattr(results.begun, "command", None)
    results.begun.by("one", ["--records", "5", "--results", "elsewhere", "--spy=file"])
    written(tmp_path, FAST)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "one.md").write_text("## Where the time goes\n")
    bench.report(tmp_path)
    told = (tmp_path / "one.md").read_text()
    assert "## Where the time goes" in told
    assert "By `countersign bench run one --records 5`." in told


@pytest.mark.parametrize("page", [None, "# About this folder\n"])
def test_no_report_is_written_over_something_else(tmp_path: Path, page: str | None):
    if page is not None:
        written(tmp_path, FAST)
        (tmp_path / "README.md").write_text(page)
    with pytest.raises(bench.NoResults):
        bench.report(tmp_path)
    assert (tmp_path / "README.md").exists() == (page is not None)


def test_what_cannot_be_compared_is_refused(tmp_path: Path):
    for name, text in (("a", '{"benchmark": "a"}'), ("b", '{"benchmark": "b"}'), ("c", "[1]"), ("d", "no JSON")):
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "empty").mkdir()
    for old, new in (("a.json", "b.json"), ("a.json", "c.json"), ("a.json", "d.json"), ("a.json", "empty")):
        with pytest.raises(bench.NoResults):
            bench.compare(tmp_path / old, tmp_path / new, 0.1)
    with pytest.raises(bench.NoResults):
        bench.compare(tmp_path, tmp_path / "empty", 0.1)


def test_the_committed_overview_is_that_of_the_committed_results():
    files = sorted(results.FOLDER.glob("*.json"))
    told = overview(
        [json.loads(one.read_text()) for one in files], {one.stem for one in results.FOLDER.glob("*.svg")}
    )
    assert (results.FOLDER / "README.md").read_text() == "\n".join(told) + "\n"


def test_spread_is_median_tails_and_maximum():
    assert spread("wait", [], "ms") == []
    assert [one.value for one in spread("wait", [7], "ms")] == [7, 7, 7, 7]
    assert [one.name for one in spread("wait", range(100), "ms", bar_p99=1_000)][2] == "wait, p99"


def test_every_scenario_says_what_it_measures():
    assert "triage" in bench.names()
    assert all(bench.about(name) for name in bench.names())
    assert results.FOLDER.name == "results"
