"""docs/tutorial.md: what it shows below a command is what the command prints, where no pipeline has to run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
RUN = ("countersign run", "make ", "countersign cases", "sed ", "echo ")
"""What is started, or needs what was started: the tests of the pipeline hold that."""


def typed(block: str) -> list[tuple[str, str]]:
    """Each command of a block with what is shown below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def printed(command: str, folder: Path) -> str:
    """What a command prints, on either stream."""
    ours = f"{sys.executable} -m agents.cli.main"
    env = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("countersign ", f"{ours} ", 1)],
        cwd=folder,
        env={**env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout


@pytest.mark.slow
def test_each_verb_prints_what_the_first_hour_shows(tmp_path: Path):
    here, seen = tmp_path, []
    for kind, text in BLOCK.findall(PAGE):
        if kind == "json":
            (here / "call.json").write_text(text)
        elif kind == "yaml":
            (here / "rules" / "kms.yaml").write_text(text)
        elif kind == "toml":
            with (here / "countersign.toml").open("a") as file:
                file.write(f"\n{text}")
        for command, shown in typed(text) if kind == "console" else ():
            if command.startswith("cd "):
                here /= command.removeprefix("cd ")
            elif command.startswith("mkdir "):
                (here / command.removeprefix("mkdir ")).mkdir()
            elif not command.startswith(RUN):
                assert printed(command, here).rstrip("\n") == shown.rstrip("\n"), command
                seen.append(command.split()[1])
        if "expects alert, the rule gives none" in text:  # the page says to mend that test
            rule = here / "rules" / "kms.yaml"
            before, after = rule.read_text().rsplit("expect: alert", 1)
            rule.write_text(f"{before}expect: none{after}")
    assert seen == ["explain", "init", "explain", "rules", "rules", "backtest", "config"]
