"""PagerDuty's client and its stand-in over https: incidents, refusals, and every fault."""

import pytest

from agents.clients.outcome import Standing
from agents.clients.pagerduty import PageContent, PagerDutyClient, minimal
from agents.standins.pagerduty import PagerDutyStandIn
from agents.standins.plan import BROKEN, GARBLED, LIMITED, LOST, REFUSE, Fault, Trouble, hang, slow
from tests.support.vendors import ONCE, QUICK, pagerduty_client, rng, timeout_for

CONTENT = PageContent("StopLogging by ada", "111122223333", {"who": "ada"})


@pytest.fixture
async def pagerduty(tmp_path):
    pagerduty = PagerDutyStandIn(folder=tmp_path)
    await pagerduty.start()
    yield pagerduty
    await pagerduty.stop()


@pytest.fixture
def client(pagerduty):
    client = pagerduty_client(pagerduty)
    yield client
    client.close()


async def test_a_trigger_opens_one_incident_however_often_it_is_sent(pagerduty, client):
    for _ in range(3):
        assert (await client.trigger("key", "high", CONTENT)).got() == "key"
    (incident,) = pagerduty.incidents
    assert (incident.summary, incident.details, len(incident.events)) == (CONTENT.summary, {"who": "ada"}, 3)


async def test_urgency_chooses_the_routing_key(pagerduty, client):
    await client.trigger("a", "high", CONTENT)
    await client.trigger("b", "low", CONTENT)
    assert [(each.urgency, each.severity) for each in pagerduty.incidents] == [
        ("high", "critical"),
        ("low", "warning"),
    ]


async def test_after_a_human_resolved_it_a_trigger_opens_another(pagerduty, client):
    await client.trigger("key", "high", CONTENT)
    pagerduty.acknowledge("key")
    pagerduty.resolve("key")
    await client.trigger("key", "high", CONTENT)
    assert [each.status for each in pagerduty.incidents] == ["resolved", "triggered"]


async def test_a_long_summary_is_a_refusal_and_the_minimal_page_is_taken(pagerduty, client):
    content = PageContent("x" * 1025, " <script> ", {})
    outcome = await client.trigger("key", "high", content)
    assert (outcome.standing, outcome.reason) == (Standing.REFUSED, "http_400")
    assert (await client.trigger("key", "high", minimal("key", content))).standing is Standing.DONE


async def test_an_unknown_routing_key_is_a_refusal_that_does_not_show_it(pagerduty, tmp_path):
    client = PagerDutyClient(
        events_url=pagerduty.url,
        routing_keys={"high": "f" * 32},
        rng=rng(),
        patience=ONCE,
        ca_file=str(pagerduty.ca_file),
    )
    outcome = await client.trigger("key", "high", CONTENT)
    client.close()
    assert outcome.standing is Standing.REFUSED
    assert pagerduty.requests[0].sent["routing_key"] == "unknown"
    assert "f" * 32 not in repr(pagerduty.requests)


@pytest.mark.parametrize("fault", [REFUSE, LOST, GARBLED, BROKEN, LIMITED, hang(0.9), slow(0.9)])
async def test_a_trigger_is_repeated_until_it_is_accepted(pagerduty, fault):
    client = pagerduty_client(pagerduty, timeout_s=timeout_for(fault))
    pagerduty.faults.once("/v2/enqueue", fault)
    assert (await client.trigger("key", "high", CONTENT)).standing is Standing.DONE
    client.close()
    assert len(pagerduty.incidents) == 1


@pytest.mark.parametrize(
    ("fault", "standing"),
    [
        (REFUSE, Standing.UNKNOWN),
        (LOST, Standing.UNKNOWN),
        (Fault(Trouble.BROKEN, status=500), Standing.UNKNOWN),
        (LIMITED, Standing.NOT_DONE),
    ],
)
async def test_one_try_is_one_try(pagerduty, fault, standing):
    client = pagerduty_client(pagerduty, patience=ONCE)
    pagerduty.faults.always("/v2/enqueue", fault)
    outcome = await client.trigger("key", "high", CONTENT)
    client.close()
    assert outcome.standing is standing
    assert len(pagerduty.requests) == 1


async def test_a_pagerduty_that_is_away_did_nothing(pagerduty, client):
    await pagerduty.stop()
    assert (await client.trigger("key", "high", CONTENT)).standing is Standing.NOT_DONE


async def test_a_certificate_of_another_authority_is_not_trusted(pagerduty):
    client = PagerDutyClient(
        events_url=pagerduty.url, routing_keys={"high": pagerduty.routing_key}, rng=rng(), patience=QUICK
    )
    outcome = await client.trigger("key", "high", CONTENT)
    client.close()
    assert outcome.standing is not Standing.DONE
    assert pagerduty.requests == []
