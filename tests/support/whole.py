"""Whole: everything that a run left behind, on its log and beside it, judged by every check."""

import json
from collections.abc import Iterable
from typing import Any

from agents.audit.judging import secrets_of
from agents.audit.reading import Log, Reading
from agents.decisions.audit.journal import Exchanged, Journal
from agents.decisions.audit.outside import Document, Process, Trouble
from agents.decisions.audit.secret_texts import SecretTexts
from streams.settings.load import survey
from tests.support.checker import check_all
from tests.support.elasticsearch import FakeElasticsearch
from tests.support.product import Product


def secrets_in(product: Product) -> SecretTexts:
    """Every secret of a run's configuration."""
    return secrets_of(survey(product.config, {}).settings)


def documents_in(archive: FakeElasticsearch) -> list[Document]:
    """What Elasticsearch holds; one that stands in two indexes stands here twice."""
    found = [(index.split("-")[1], name, source) for (index, name), source in archive.documents.items()]
    return [Document(kind, name, json.dumps(source).encode()) for kind, name, source in found]


def whole_journal(
    log: Log,
    product: Product,
    exchanges: Iterable[Exchanged] = (),
    *,
    processes: Iterable[Process] | None = None,
    archive: FakeElasticsearch | None = None,
    troubles: Iterable[Trouble] = (),
) -> Journal:
    """The log, searched for the secrets of the configuration, and what lies beside it."""
    journal = Reading(log, whole=True, secrets=secrets_in(product)).journal(exchanges)
    return journal._replace(
        processes=list(product.processes() if processes is None else processes),
        documents=None if archive is None else documents_in(archive),
        troubles=list(troubles),
    )


def findings_of(journal: Journal, product: Product, **terms: Any) -> list[str]:
    """Every finding; `terms` are what the tests allow beside the configuration."""
    return check_all(journal, secrets=secrets_in(product), **terms)
