"""AWS's own pattern matcher: asked in one go about many pairs of a pattern and an event."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.support.jars import jars

_HERE = Path(__file__).parent
_ANSWER_S = 240


def event_ruler_jars() -> Path:
    """The folder of the jars; skips where java, javac or mvn is missing, in CI it fails.

    javac, for Java compiles the program beside this file as it starts it.
    """
    return jars(_HERE / "pom.xml", "event-ruler", ["java", "javac", "mvn"], "AWS's own matcher is not here")


def asked(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Its answers to pairs of JSON texts: "true", "false", or "refused: ..." where the pattern is none."""
    libraries = os.pathsep.join(str(jar) for jar in sorted(event_ruler_jars().glob("*.jar")))
    lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
    program = [
        "java",
        f"-Djdk.net.hosts.file={os.devnull}",
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-Xmx512m",
        "-cp",
        libraries,
        str(_HERE / "Oracle.java"),
    ]
    done = subprocess.run(program, input=lines, capture_output=True, text=True, timeout=_ANSWER_S, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(pairs)
    return answers
