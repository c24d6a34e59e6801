"""Every await on log, store or network has a failpoint on either side."""

import ast
import re
from pathlib import Path

from tests.support.failpoints import ROOT, calls, literal, names, sources

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")

WITHIN = [
    # Waits inside this process: a kill beside them is a kill at the neighbouring failpoint.
    r"asyncio\.(sleep|wait)",
    r".*\.(wait|acquire|join)",
    r"(.*[._])?(queue|decided|sent|waiting|received)\.(get|put)",
    # The near end of a request to the gateway: its outcome belongs to the caller, who asks again.
    r"(request|response)\.(read|json|text|post|prepare|write|write_eof)",
    r".*(runner|site)\.(setup|start|cleanup)",
    r"handler",
    # The supervisor's pipe to its own child.
    r"asyncio\.create_subprocess_exec",
    r"loop\.connect_read_pipe",
]
"""What may be awaited without a failpoint, by the text of the call."""

LOG_CALLS = {"append", "commit_offsets"}
"""Names of the log's own verbs: where they are called, the step of that place has to be named."""

GROUPS = {"asyncio.wait_for", "asyncio.gather", "asyncio.shield"}
"""These are what their arguments are."""


def _own_coroutines() -> set[str]:
    """Names of the product's own coroutines: their bodies are checked themselves."""
    found = {
        node.name
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    }
    return found - LOG_CALLS


def _allowed(waited: ast.expr, own: set[str]) -> bool:
    if isinstance(waited, ast.Starred):
        return True  # tasks of our own, each checked where it was made
    if not isinstance(waited, ast.Call):
        return False
    called = ast.unparse(waited.func)
    if called in GROUPS:
        return all(_allowed(each, own) for each in waited.args if not isinstance(each, ast.Constant | ast.Name))
    return called.rsplit(".", 1)[-1] in own or any(re.fullmatch(pattern, called) for pattern in WITHIN)


def _bare(path: Path, own: set[str]) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    awaits = [node for node in ast.walk(tree) if isinstance(node, ast.Await)]
    return [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)[:100]}"
        for node in awaits
        if not _allowed(node.value, own)
    ]


def _contexts(path: Path) -> list[str]:
    """An `async with` over a client's request would hide an await."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    items = [item for node in ast.walk(tree) if isinstance(node, ast.AsyncWith) for item in node.items]
    calls = [item.context_expr for item in items if isinstance(item.context_expr, ast.Call)]
    return [
        f"{path.relative_to(ROOT)}:{call.lineno}: async with {ast.unparse(call)[:100]}"
        for call in calls
        if re.search(r"\.(request|get|post|put|delete|head|patch|ws_connect)$", ast.unparse(call.func))
    ]


def test_no_await_without_a_failpoint_on_either_side():
    own = _own_coroutines() | {"step"}
    bare = [line for path in sources() if path.name != "failpoints.py" for line in _bare(path, own)]
    assert not bare, "await through step(name, ...) of streams.shell.failpoints:\n" + "\n".join(bare)


def test_no_request_hidden_in_an_async_with():
    assert not [line for path in sources() for line in _contexts(path)]


def test_every_failpoint_has_a_literal_name_of_its_own():
    faulty = []
    seen: dict[str, str] = {}
    for function in ("step", "failpoint"):
        for path, call in calls(function):
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            name = literal(call)
            if name is None or not NAME.fullmatch(name):
                faulty.append(f"{where}: the name has to be a literal like room.what")
            elif name in seen:
                faulty.append(f"{where}: {name} is taken by {seen[name]}")
            else:
                seen[name] = where
    assert not faulty, "\n".join(faulty)


def test_the_failpoints_of_the_log_and_the_shell_are_listed():
    assert {"log.commit.before", "log.commit.after", "agent.changes.after", "agent.outputs.before"} <= set(names())
