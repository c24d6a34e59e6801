"""Mutations: removes one guard at a time from a copy of the tree, and says which test noticed.

    python tests/mutations.py [GUARD...] [--write docs/explanation/guards.md]

Each mutation replaces one line. Its tests must pass on the untouched copy and fail on the mutated one by an
assertion or a timeout of theirs: a copy that does not even import proves nothing. Exit code 1 if any guard can be
removed unnoticed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("agents", "streams", "tables", "tests", "benchmarks", "docs", "requirements")
LIMIT_S = 300
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
BEGIN = "<!-- table: python tests/mutations.py --write docs/explanation/guards.md -->\n"


class Mutation(NamedTuple):
    """A guard, the one line that is it, what stands there without it, and the test files that must notice."""

    guard: str
    file: str
    line: str
    without: str
    tests: tuple[str, ...]


MUTATIONS = (
    Mutation(
        "barrier: outputs wait for the table's changes",
        "streams/shell/pipeline.py",
        'await step("agent.changes", turn.changes)',
        "pass",
        ("tests/unit/test_pipeline.py",),
    ),
    Mutation(
        "barrier: the acknowledgement waits for the outputs",
        "streams/shell/pipeline.py",
        'await step("agent.outputs", outputs)',
        "pass",
        ("tests/unit/test_pipeline.py",),
    ),
    Mutation(
        "barrier: outputs leave with others only once their own changes are durable",
        "streams/shell/pipeline.py",
        "if following.changes is not None and not _is_durable(following.changes):",
        "if False:",
        ("tests/unit/test_pipeline.py",),
    ),
    Mutation(
        "in-order acknowledge",
        "streams/shell/commits.py",
        "while handed and (handed[0] in acked or handed[0] < max(committed, last + 1)):",
        "while handed:",
        ("tests/unit/test_in_order_commits.py",),
    ),
    Mutation(
        "exit: a halt ends the process",
        "streams/shell/halt.py",
        "os._exit(EXIT_CODE)",
        "raise RuntimeError(what)",
        ("tests/unit/test_halt.py",),
    ),
    Mutation(
        "exit: an append that failed halts",
        "streams/shell/pipeline.py",
        'halt(f"agent {self._name} could not finish a message", task.exception())',
        "pass",
        ("tests/unit/test_pipeline.py",),
    ),
    Mutation(
        "source position in `seen`",
        "agents/decisions/triage.py",
        "return None if first is None or first[0] == position or mark in held else first[1]",
        "return None if first is None else first[1]",
        ("tests/unit/test_triage_sort.py",),
    ),
    Mutation(
        "person check",
        "agents/decisions/case/answers.py",
        "if command.user_id != case.asked.slack:",
        "if False:",
        ("tests/unit/test_case_life.py", "tests/unit/test_answer_properties.py"),
    ),
    Mutation(
        "digest check",
        "agents/decisions/case/answers.py",
        "if command.digest != case.digest:",
        "if False:",
        ("tests/unit/test_case_life.py", "tests/unit/test_answer_properties.py"),
    ),
    Mutation(
        "txid check",
        "agents/decisions/case/challenge.py",
        "if push is None or command.txid not in push.txids or push.result is not None:",
        "if push is None or push.result is not None:",
        ("tests/unit/test_case_life.py", "tests/unit/test_answer_properties.py"),
    ),
    Mutation(
        "grant: of another account's role both copies are needed",
        "agents/decisions/grants.py",
        "if one.proof is Proof.WHOLE or (one.proof is Proof.CALLER and _call(one) in roles)",
        "if one.proof is not Proof.TWIN",
        ("tests/unit/identity/test_session_join.py",),
    ),
    Mutation(
        "grant: an account names its own callers alone",
        "agents/decisions/issuing.py",
        "return Proof.WHOLE if caller_account in {None, account} else Proof.ROLE",
        "return Proof.WHOLE",
        ("tests/unit/identity/test_grants.py", "tests/unit/identity/test_session_join.py"),
    ),
    Mutation(
        "grant: a source identity that another's grants contradict is nobody's",
        "agents/decisions/source_identity.py",
        "others = said - {actor.person}",
        "others = set[str]()",
        ("tests/unit/identity/test_source_identity.py",),
    ),
    Mutation(
        "grant: names that differ contradict",
        "agents/decisions/grants.py",
        "return len(self.names) > 1",
        "return False",
        ("tests/unit/identity/test_session_join.py",),
    ),
    Mutation(
        "join: only in the session's own account",
        "agents/decisions/joining.py",
        "if caller.account != account or caller.contradicts:",
        "if caller.contradicts:",
        ("tests/unit/identity/test_session_join.py",),
    ),
    Mutation(
        "wait: what was settled is told again",
        "agents/triage.py",
        "return self._told(message, again) + self._told(message, fresh)",
        "return self._told(message, fresh)",
        ("tests/unit/test_session_properties.py",),
    ),
    Mutation(
        "wait: what is settled is kept while it may be owed",
        "tables/waits.py",
        "while self._done and self._done[0][0] <= position - IN_FLIGHT:",
        "while self._done:",
        ("tests/unit/test_session_properties.py",),
    ),
    Mutation(
        "versions: triage waits for every live bridge",
        "agents/decisions/versions.py",
        "return not waits_for(known, version, now_ms)",
        "return True",
        ("tests/unit/test_versions.py", "tests/unit/test_version_properties.py"),
    ),
    Mutation(
        "versions: a bridge goes by the old version for a while",
        "agents/decisions/versions.py",
        "return frozenset([*newest, *held])",
        "return frozenset(newest)",
        ("tests/unit/test_versions.py", "tests/unit/test_version_properties.py"),
    ),
    Mutation(
        "versions: a bridge drops only what it saw lately",
        "agents/decisions/versions.py",
        "return self.drops_until_ms is not None and now_ms <= self.drops_until_ms",
        "return self.drops_until_ms is not None",
        ("tests/unit/test_versions.py", "tests/unit/test_version_properties.py"),
    ),
    Mutation(
        "I5: an allow outside of the challenge verifies nothing",
        "agents/decisions/case/challenge.py",
        "if case.state is not CaseState.CHALLENGING:",
        "if False:",
        ("tests/unit/test_case_properties.py", "tests/unit/test_answer_properties.py"),
    ),
    Mutation(
        "I6: seq rises by one a fact",
        "agents/decisions/case/draft.py",
        "seq = self.case.seq + 1",
        "seq = self.case.seq + 2",
        ("tests/unit/test_case_properties.py",),
    ),
    Mutation(
        "I8: an allow counts inside the deadline only",
        "agents/decisions/case/challenge.py",
        "elif not _in_time(draft):",
        "elif False:",
        ("tests/unit/test_answer_properties.py",),
    ),
    Mutation(
        "I9: another person's click is no answer",
        "agents/decisions/case/answers.py",
        "if command.user_id != case.asked.slack:",
        "if False:",
        ("tests/unit/test_answer_properties.py",),
    ),
    Mutation(
        "I10: only an allow of the push verifies",
        "agents/decisions/case/challenge.py",
        'elif command.result != "allow":',
        "elif False:",
        ("tests/unit/test_case_properties.py",),
    ),
    Mutation(
        "I11: a call that a case covers opens no other",
        "agents/decisions/case/reduce.py",
        "if holder is not None:",
        "if False:",
        ("tests/unit/test_coverage_properties.py",),
    ),
    Mutation(
        "I12: a live copy of what was only reported is decided anew",
        "agents/decisions/triage.py",
        "return end is not None and (end is not End.REPORTED or feed.backfill)",
        "return end is not None",
        ("tests/unit/test_call_properties.py", "tests/unit/test_order_properties.py"),
    ),
    Mutation(
        "I13: what is late is marked late",
        "agents/decisions/judge.py",
        "late = context.age_ms > policy.lateness_ms",
        "late = False",
        ("tests/unit/test_call_properties.py", "tests/unit/test_order_properties.py"),
    ),
)


class Outcome(NamedTuple):
    """What came of a mutation; `noticed_by` is a test's id, None where nobody noticed."""

    mutation: Mutation
    noticed_by: str | None


def main() -> int:
    """Try the mutations that were named, all without a name."""
    parser = argparse.ArgumentParser(description="remove one guard at a time, and see which test notices")
    parser.add_argument("guards", nargs="*", help="only guards whose name begins so")
    parser.add_argument("--write", type=Path, help="a page whose table is replaced")
    options = parser.parse_args()
    chosen = [one for one in MUTATIONS if not options.guards or one.guard.startswith(tuple(options.guards))]
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = copied(Path(folder) / "tree")
        for tests in sorted({test for one in chosen for test in one.tests}):
            if failed(copy, (tests,)) is not None:
                sys.exit(f"{tests} fails on the untouched copy")
        outcomes = []
        for one in chosen:
            outcomes.append(Outcome(one, tried(copy, one)))
            sys.stderr.write(f"{one.guard}: {outcomes[-1].noticed_by or 'NOBODY NOTICED'}\n")
    text = table(outcomes)
    sys.stdout.write(text)
    if options.write is not None:
        page = options.write.read_text(encoding="utf-8")
        options.write.write_text(page[: page.index(BEGIN) + len(BEGIN)] + "\n" + text, encoding="utf-8")
    return int(any(one.noticed_by is None for one in outcomes))


def copied(to: Path) -> Path:
    """A copy of what the tests need, outside of the checkout."""
    left_out = shutil.ignore_patterns("__pycache__", "*.pyc", ".hypothesis")
    to.mkdir()
    for name in ROOMS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=left_out)
    for file in ROOT.iterdir():
        if file.is_file():
            shutil.copy2(file, to / file.name)
    return to


def tried(copy: Path, mutation: Mutation) -> str | None:
    """The first test that fails without the guard."""
    file = copy / mutation.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(mutation.line) != 1:
        sys.exit(f"{mutation.file} has the line {whole.count(mutation.line)} times: {mutation.line}")
    file.write_text(whole.replace(mutation.line, mutation.without), encoding="utf-8")
    try:
        return failed(copy, mutation.tests)
    finally:
        file.write_text(whole, encoding="utf-8")


def failed(copy: Path, tests: tuple[str, ...]) -> str | None:
    """Run tests in the copy; the id of the first that fails, None if all pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *tests]
    environ = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run(
        command, cwd=copy, env=environ, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if run.returncode == 0:
        return None
    found = FAILED.search(run.stdout)
    if run.returncode != 1 or found is None:
        sys.exit(f"{' '.join(tests)} did not run:\n{run.stdout[-3000:]}{run.stderr[-1000:]}")
    return found.group(1)


def table(outcomes: list[Outcome]) -> str:
    """The outcomes as a table of a page."""
    rows = ["| guard | mutated line | test that failed |", "|---|---|---|"]
    for one in outcomes:
        line = f"`{one.mutation.file}`: `{one.mutation.line}` → `{one.mutation.without}`".replace("|", "\\|")
        noticed = f"`{one.noticed_by}`" if one.noticed_by else "**nobody noticed**"
        rows.append(f"| {one.mutation.guard} | {line} | {noticed} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
