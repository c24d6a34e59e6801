"""Archive: whether Elasticsearch answers, and takes our key."""

from elasticsearch import ApiError, TransportError

from agents.clients.elasticsearch import NO_INDEX, connected
from agents.clients.outcome import Outcome, Standing, by_fault, by_status, done
from agents.doctor.row import Row, failed, unused, well
from agents.documents.mapping import templates
from streams.settings.model import Settings

WAIT_S = 10.0


async def check_elasticsearch(settings: Settings) -> Row:
    """Whether the index templates can be read, which takes the same right as putting them; nothing is written."""
    if settings.elasticsearch.url is None:
        return unused("elasticsearch", "not configured: nothing is archived there")
    outcome = await _missing(settings, settings.elasticsearch.url)
    if outcome.standing is not Standing.DONE:
        fix = "set elasticsearch.api_key, of a key with the privilege manage_index_templates"
        return failed("elasticsearch", outcome, fix, "elasticsearch.url")
    there = "a run will put the index templates" if outcome.got() else "the index templates are there"
    return well("elasticsearch", there)


async def _missing(settings: Settings, url: str) -> Outcome[int]:
    """How many of the index templates are not there yet."""
    key, ca_file = settings.elasticsearch.api_key, settings.ca_file
    client = connected(url, key.reveal() if key else None, WAIT_S, str(ca_file) if ca_file else None)
    lacking = 0
    try:
        for name in templates():
            answer = await client.options(ignore_status=NO_INDEX).indices.get_index_template(name=name)
            lacking += answer.meta.status == NO_INDEX
    except ApiError as error:
        return by_status(error.meta.status, f"http_{error.meta.status}")
    except TransportError as error:
        return by_fault(error)
    finally:
        await client.close()
    return done(lacking)
