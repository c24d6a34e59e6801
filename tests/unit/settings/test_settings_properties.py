"""The loader takes any bytes and any environment without ever raising anything but faults."""

from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.settings.fault import FaultsFound
from streams.settings.load import load
from tests.support.examples import examples
from tests.support.toml_texts import toml_texts

KNOWN = st.sampled_from(
    [
        *("FEEDS", "FEEDS__0", "FEEDS__0__KIND", "FEEDS__1__TOPICS", "FEEDS__x", "LOG", "LOG__URL", "SLACK"),
        *("SLACK__BOT_TOKEN", "SLACK__BOT_TOKEN_FILE", "RULES__PATHS", "TIMING__GROUP_WAIT_S", "CA_FILE"),
        *("RUN__MODE", "GATEWAY__LISTEN", "LOG__PARTITIONS", "__"),
    ]
)
NAMES = st.one_of(KNOWN, st.text("ABCZ_019é", max_size=8))
TEXTS = st.one_of(
    st.text(max_size=12), st.sampled_from(["{}", "[]", "[[]]", "{", "8", "true", "null", "sqlite:///", "0:0"])
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200), deadline=None)
@given(document=toml_texts())
def test_any_document_is_settings_or_faults(tmp_path: Path, document: str):
    file = tmp_path / "c.toml"
    file.write_text(document, encoding="utf-8")
    with suppress(FaultsFound):
        load(file, {})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=60))
def test_any_bytes_are_settings_or_faults(tmp_path: Path, data: bytes):
    file = tmp_path / "c.toml"
    file.write_bytes(data)
    with suppress(FaultsFound):
        load(file, {})


@settings(max_examples=examples(200), deadline=None)
@given(environ=st.dictionaries(NAMES.map("COUNTERSIGN_".__add__), TEXTS, max_size=5))
def test_any_environment_is_settings_or_faults(environ: dict[str, str]):
    with suppress(FaultsFound):
        load(None, environ)


def test_a_document_nested_without_end_is_a_fault(tmp_path: Path):
    file = tmp_path / "c.toml"
    for text in ("a = " + "[" * 100_000, "a = " + "9" * 5_000, "a" + ".a" * 5_000 + " = 1"):
        file.write_text(text)
        with suppress(FaultsFound):
            load(file, {})
