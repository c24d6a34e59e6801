"""Registry: every invariant by number, its checks, what each needs to be judged, and the tests that tell more."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from agents.decisions.audit.accounted import accounted, late_is_said
from agents.decisions.audit.answered import answered_by_the_person_asked
from agents.decisions.audit.asked import asked_or_paged
from agents.decisions.audit.ceilings import below_the_ceilings
from agents.decisions.audit.committed import committed_is_readable
from agents.decisions.audit.contents import one_content_a_seq, one_content_an_event
from agents.decisions.audit.coverage import covered_once
from agents.decisions.audit.finding import Finding
from agents.decisions.audit.journal import Journal
from agents.decisions.audit.leaving import leaves_in_time, no_processes_known, nobody_refused, refuses_to_start
from agents.decisions.audit.letters import broken_decisions_page, unreadable_calls_page
from agents.decisions.audit.paged import alerts_paged_in_time, lapsed_deadlines_page
from agents.decisions.audit.pages import one_page_a_case
from agents.decisions.audit.repeated import decided_alike
from agents.decisions.audit.replayed import nothing_to_replay, replay_gives_the_same
from agents.decisions.audit.secrets import no_secret, no_secrets_known
from agents.decisions.audit.states import cases_kept, ends_stay, no_gap, verified_or_paged
from agents.decisions.audit.terms import Terms
from agents.decisions.audit.undisturbed import nobody_delays_a_page, nothing_outside
from agents.decisions.audit.verified import a_yes_closes_nothing, verified_by_a_push

Judge = Callable[[Journal, Terms], list[Finding]]
Lacks = Callable[[Journal, Terms], str | None]


def no_clock(_journal: Journal, terms: Terms) -> str | None:
    """What a check of seconds lacks in a run that is over, unless the terms say how long a page may take."""
    return None if terms.page_ms() is not None else "the run is over, and the terms allow no time for a page"


def no_lateness(_journal: Journal, terms: Terms) -> str | None:
    """What the check of late calls lacks without a configuration."""
    return None if terms.lateness_ms is not None else "limits.lateness_h of the configuration is not known"


def nothing(_journal: Journal, _terms: Terms) -> str | None:
    """What a check lacks that every log can answer."""
    return None


class Check(NamedTuple):
    """One promise; `tests` tell more of it. `lacks` says why a journal and terms give `judge` nothing to go by."""

    invariant: str
    name: str
    promise: str
    judge: Judge
    tests: tuple[str, ...] = ()
    lacks: Lacks = nothing


CHECKS = (
    Check("I1", "accounted", "each accepted call has exactly one end, or time left for it", accounted),
    Check("I1", "one-content-an-event", "one eventID of one account is one call", one_content_an_event),
    Check("I2", "asked-or-paged", "a notify call leads to a delivered question or a page", asked_or_paged),
    Check(
        "I3",
        "lapsed-deadlines-page",
        "a lapsed deadline is paged within 30 s, by the watchdog within 60 s more",
        lapsed_deadlines_page,
        ("tests/unit/test_watchdog.py", "tests/system/test_supervisor.py"),
        no_clock,
    ),
    Check(
        "I4",
        "alerts-in-time",
        "an alert is paged within 30 s of its arrival",
        alerts_paged_in_time,
        ("tests/agents/test_effect_agents_apart.py", "tests/system/test_burst.py"),
        no_clock,
    ),
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
        replay_gives_the_same,
        ("tests/unit/test_crash_properties.py", "tests/unit/test_case_properties.py"),
        nothing_to_replay,
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
        decided_alike,
        ("tests/unit/test_order_properties.py", "tests/unit/test_call_properties.py"),
    ),
    Check(
        "I13",
        "late-is-said",
        "late input is marked late",
        late_is_said,
        ("tests/unit/test_call_properties.py", "tests/unit/test_order_properties.py"),
        no_lateness,
    ),
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
        nobody_delays_a_page,
        ("tests/agents/test_effect_agents_apart.py", "tests/system/test_archive_outage.py"),
        nothing_outside,
    ),
    Check(
        "I17",
        "no-secret",
        "no secret in a log line, topic, document or traceback",
        no_secret,
        ("tests/unit/settings/test_settings_secrets.py", "tests/unit/test_halt.py"),
        no_secrets_known,
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
        leaves_in_time,
        ("tests/system/test_endings.py",),
        no_processes_known,
    ),
    Check(
        "I20",
        "refuses-to-start",
        "it refuses to start on wrong topics, guarantee, rules, clock or packages",
        refuses_to_start,
        ("tests/unit/test_shell_app.py", "tests/unit/test_log_writer.py"),
        nobody_refused,
    ),
    Check(
        "I21",
        "unreadable-calls-page",
        "a sensitive call in a body that cannot be read is paged",
        unreadable_calls_page,
        ("tests/unit/envelopes/test_scan.py", "tests/unit/bridge/test_bridge_outcomes.py"),
    ),
)
"""In the order of the invariants."""


def judged(journal: Journal, terms: Terms) -> Iterator[tuple[Check, list[Finding]]]:
    """Every check that has something to go by, with what it found."""
    for check in CHECKS:
        if check.lacks(journal, terms) is None:
            yield check, check.judge(journal, terms)


def unjudged(journal: Journal, terms: Terms) -> dict[str, str]:
    """The other checks, by name: why they can say nothing."""
    return {check.name: why for check in CHECKS if (why := check.lacks(journal, terms)) is not None}
