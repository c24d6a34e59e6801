"""Broken outside: what lies beside the log of a clean run, and each way to spoil one thing of it."""

import base64

from msgspec.structs import replace

from agents.decisions.audit.journal import Journal
from agents.decisions.audit.outside import Document, Leak, Process, Trouble
from agents.decisions.audit.secret_texts import SecretTexts

CANARY = 'xoxb-canary/of+the"tests'
SECRETS = SecretTexts({"slack.bot_token": CANARY, "gateway.console_token": "short"})
REFUSAL = "countersign worker: kafka://127.0.0.1:9092: topic commands has 3 partitions, and 4 are configured"


def with_outside(journal: Journal) -> Journal:
    """A clean run with its processes and documents, and with Slack in trouble all the time."""
    documents = {
        *(("calls", verdict.fingerprint) for verdict in journal.verdicts),
        *(("audit", f"{fact.case_id}-{fact.seq}") for fact in journal.facts),
        *(("cases", case_id) for case_id in journal.last()),
    }
    due_ms = [one.at.at_ms for one in journal.commands]
    return journal._replace(
        processes=[
            Process("worker", 0, told=True, took_s=3.0, lines=['{"event": "role_ready"}']),
            Process("worker", -9),
            Process("bridge", 70, lines=["shell_halted: ..."]),
            Process("worker", 4, lines=['{"event": "role_starts"}', REFUSAL]),
            Process(
                "gateway", 3, lines=['countersign.toml:3:1: unknown key "slak": did you mean "slack"? [CS-C002]']
            ),
        ],
        documents=[Document(kind, name, b"{}") for kind, name in sorted(documents)],
        troubles=[Trouble("slack", min(due_ms), max(due_ms))],
        leaks=[],
    )


def page_late_beside_slack(run: Journal) -> Journal:
    """PagerDuty takes every page 31 s after it was sent."""
    late = [
        one if one.service != "pagerduty" else replace(one, answered_ms=one.answered_ms + 31_000)
        for one in run.exchanges
    ]
    return run._replace(exchanges=late)


def lose_a_document(run: Journal) -> Journal:
    return run._replace(documents=run.documents[1:])


def write_a_document_twice(run: Journal) -> Journal:
    return run._replace(documents=[*run.documents, run.documents[0]])


def write_a_document_of_nothing(run: Journal) -> Journal:
    return run._replace(documents=[*run.documents, Document("cases", "a-case-of-nobody")])


def with_lines(run: Journal, *lines: str) -> Journal:
    return run._replace(processes=[*run.processes, Process("worker", -9, lines=lines)])


def log_a_secret(run: Journal) -> Journal:
    return with_lines(run, "slack said no", f"to the token {CANARY}")


def index_a_secret(run: Journal) -> Journal:
    encoded = base64.b64encode(b"it: " + CANARY.encode())
    return run._replace(documents=[*run.documents, Document("calls", run.documents[0].name, encoded)])


def append_a_secret(run: Journal) -> Journal:
    return run._replace(leaks=[Leak("verdicts:0:7", "slack.bot_token")])


def ended(run: Journal, *, code: int, told: bool = False, took_s: float = 1.0, lines: tuple = ()) -> Journal:
    return run._replace(processes=[*run.processes, Process("worker", code, told, took_s, lines)])


def leave_late(run: Journal) -> Journal:
    return ended(run, code=0, told=True, took_s=30.5)


def leave_by_a_kill(run: Journal) -> Journal:
    return ended(run, code=-9, told=True, took_s=35.1)


def break_down(run: Journal) -> Journal:
    return ended(run, code=1, lines=("Traceback (most recent call last)",))


def leave_unasked(run: Journal) -> Journal:
    return ended(run, code=0)


def refuse_in_silence(run: Journal) -> Journal:
    return ended(run, code=4, lines=('{"event": "role_starts", "path": "/srv/countersign/log.db"}', ""))


def refuse_without_a_place(run: Journal) -> Journal:
    return ended(run, code=3, lines=("this is not right at all",))


def refuse_with_a_traceback(run: Journal) -> Journal:
    return ended(run, code=4, lines=("Traceback (most recent call last):", REFUSAL))


BROKEN_OUTSIDE = [
    ("nobody-delays-a-page", page_late_beside_slack),
    ("nobody-delays-a-page", lose_a_document),
    ("nobody-delays-a-page", write_a_document_twice),
    ("nobody-delays-a-page", write_a_document_of_nothing),
    ("no-secret", log_a_secret),
    ("no-secret", index_a_secret),
    ("no-secret", append_a_secret),
    ("leaves-in-time", leave_late),
    ("leaves-in-time", leave_by_a_kill),
    ("leaves-in-time", break_down),
    ("leaves-in-time", leave_unasked),
    ("refuses-to-start", refuse_in_silence),
    ("refuses-to-start", refuse_without_a_place),
    ("refuses-to-start", refuse_with_a_traceback),
]
