"""Registry: every invariant by number, the checks that the log can answer, the tests that tell the rest."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from agents.decisions.audit.accounted import accounted, late_is_said
from agents.decisions.audit.answered import answered_by_the_person_asked
from agents.decisions.audit.asked import alerts_paged_in_time, asked_or_paged
from agents.decisions.audit.ceilings import below_the_ceilings
from agents.decisions.audit.committed import committed_is_readable
from agents.decisions.audit.contents import one_content_a_seq, one_content_an_event
from agents.decisions.audit.coverage import covered_once
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.letters import broken_decisions_page, unreadable_calls_page
from agents.decisions.audit.pages import one_page_a_case
from agents.decisions.audit.states import cases_kept, ends_stay, no_gap, verified_or_paged
from agents.decisions.audit.terms import Terms
from agents.decisions.audit.verified import a_yes_closes_nothing, verified_by_a_push

Judge = Callable[[Journal, Terms], list[Finding]]


class Check(NamedTuple):
    """One promise. `judge` is None where the topics cannot tell; `tests` are what tells then, or tells more."""

    invariant: str
    name: str
    promise: str
    judge: Judge | None = None
    tests: tuple[str, ...] = ()


CHECKS = (
    Check("I1", "accounted", "each accepted call has exactly one end, or time left for it", accounted),
    Check("I1", "one-content-an-event", "one eventID of one account is one call", one_content_an_event),
    Check("I2", "asked-or-paged", "a notify call leads to a delivered question or a page", asked_or_paged),
    Check(
        "I3",
        "lapsed-deadlines-page",
        "a lapsed deadline is paged within 30 s, by the watchdog within 60 s more",
        tests=("tests/unit/test_watchdog.py", "tests/system/test_supervisor.py"),
    ),
    Check("I4", "alerts-in-time", "an alert is paged within 30 s of its arrival", alerts_paged_in_time),
    Check(
        "I5",
        "verified-or-paged",
        "no case is both, but for a contradiction or a rescuer's page",
        verified_or_paged,
    ),
    Check("I6", "no-gap", "the facts of a case are numbered without a gap", no_gap),
    Check("I6", "cases-kept", "a case is in the table until a sweep forgets it after its end", cases_kept),
    Check("I6", "ends-stay", "an end does not change", ends_stay),
    Check("I6", "one-content-a-seq", "one (case_id, seq) is one fact", one_content_a_seq),
    Check(
        "I6",
        "replay",
        "a replay of the log gives the same state",
        tests=("tests/unit/test_crash_properties.py", "tests/unit/test_case_properties.py"),
    ),
    Check("I7", "one-page-a-case", "one dedup_key a case, at most one incident of it", one_page_a_case),
    Check("I8", "verified-by-a-push", "verified implies an allow of our push, after the Yes", verified_by_a_push),
    Check(
        "I9",
        "answered-by-the-asked",
        "only the person asked can answer",
        answered_by_the_person_asked,
        ("tests/unit/clients/test_interaction.py", "tests/agents/test_gateway_slack.py"),
    ),
    Check("I10", "a-yes-closes-nothing", "a Yes alone closes nothing", a_yes_closes_nothing),
    Check("I11", "covered-once", "each call is in exactly one case, or ends with its verdict", covered_once),
    Check(
        "I12",
        "any-order",
        "any order and repetition of the input gives the same ends",
        tests=("tests/unit/test_order_properties.py", "tests/unit/test_call_properties.py"),
    ),
    Check("I13", "late-is-said", "late input is marked late", late_is_said),
    Check(
        "I14",
        "broken-decisions-page",
        "a record that breaks a decision is a dead letter with a traceback and a page",
        broken_decisions_page,
        ("tests/unit/test_refusals.py", "tests/unit/envelopes/test_bad_inputs.py"),
    ),
    Check(
        "I15",
        "below-the-ceilings",
        "cases and questions stay below their ceilings",
        below_the_ceilings,
        ("tests/unit/test_case_life.py", "tests/unit/envelopes/test_bad_inputs.py"),
    ),
    Check(
        "I16",
        "nobody-delays-a-page",
        "Slack, Duo or Elasticsearch down delays no page; documents catch up",
        tests=("tests/agents/test_effect_agents_apart.py", "tests/system/test_archive_outage.py"),
    ),
    Check(
        "I17",
        "no-secret",
        "no secret in a log line, topic, document or traceback",
        tests=("tests/unit/settings/test_settings_secrets.py", "tests/unit/test_halt.py"),
    ),
    Check(
        "I18",
        "committed-is-readable",
        "an offset is committed after all it caused is readable",
        committed_is_readable,
        ("tests/unit/test_in_order_commits.py", "tests/system/test_durable_shell.py"),
    ),
    Check(
        "I19",
        "leaves-in-time",
        "SIGTERM loses nothing and leaves within 30 s",
        tests=("tests/system/test_endings.py",),
    ),
    Check(
        "I20",
        "refuses-to-start",
        "it refuses to start on wrong topics, guarantee, rules, clock or packages",
        tests=("tests/unit/test_shell_app.py", "tests/unit/test_log_writer.py"),
    ),
    Check(
        "I21",
        "unreadable-calls-page",
        "a sensitive call in a body that cannot be read is paged",
        unreadable_calls_page,
        ("tests/unit/envelopes/test_scan.py", "tests/unit/bridge/test_bridge_outcomes.py"),
    ),
)
"""In the order of the invariants. A check of seconds (I4) says nothing where the terms have no clock."""


def judged(journal: Journal, terms: Terms) -> Iterator[tuple[Check, list[Finding]]]:
    """Every check that the log can answer, with what it found."""
    for check in CHECKS:
        if check.judge is not None:
            yield check, check.judge(journal, terms)
