"""The sieve of PostgreSQL lets every client through that has the match key of a row: equal keys, equal sieves."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client_import.field_types.characters import EVERY_INVISIBLE, WHITE_SPACE
from client_import.fields.catalogue import BY_NAME
from client_import.merge.match_key import match_key
from tests.support.postgres import PostgresServer

KEYS = [match_key("value", BY_NAME[field]) for field in ("Name", "Code")]

LETTERS = "aAkKsSßẞſKÅåİıIiﬁﬅŉǰẖΣσςéÉ" + "e\u0301\u0308\u0323ﬀ9 \t\xa0\u200b\u200d\xad-@."


class Sieves:
    """Finds the sieves and the match keys of texts."""

    def __init__(self, url: str) -> None:
        import adbc_driver_postgresql.dbapi as adbc

        from client_import.clients.postgresql.sieve import sieve

        self._connection = adbc.connect(url, autocommit=True)
        self._cursor = self._connection.cursor()
        self._cursor.execute("CREATE TEMP TABLE texts (place bigint, value text)")
        self._query = f"SELECT {sieve('value')} AS sieve FROM texts ORDER BY place"

    def close(self) -> None:
        self._cursor.close()
        self._connection.close()

    def of(self, texts: list[str]) -> list[str]:
        """The sieve of each text."""
        self._cursor.execute("TRUNCATE texts")
        rows = pa.table({"place": range(len(texts)), "value": texts})
        self._cursor.adbc_ingest("texts", rows, mode="append", temporary=True)
        self._cursor.execute(self._query)
        return self._cursor.fetch_arrow_table()["sieve"].to_pylist()  # type: ignore[no-any-return]


def keys_of(texts: list[str], key: str) -> list[str]:
    """The match key of each text."""
    rows = pa.table({"place": range(len(texts)), "value": texts})  # noqa: F841 - DuckDB reads it by its name
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {key} AS key FROM rows ORDER BY place")
        return [row[0] for row in found.fetchall()]


@pytest.fixture(scope="module")
def sieves(postgres_server: PostgresServer) -> Iterator[Sieves]:
    with postgres_server.schema() as schema:
        found = Sieves(postgres_server.url(schema))
        yield found
        found.close()


@pytest.mark.parametrize("key", KEYS, ids=["Name", "Code"])
def test_sieve_of_a_key_is_that_of_the_value_for_every_character(key: str, sieves: Sieves) -> None:
    """A sieve is made character by character, so what holds for each holds for all texts.

    With that, texts with one key have one sieve: that of the key. Only keys that are not the text itself can differ.
    """
    codes = (code for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    letters = [chr(code) for code in codes]
    texts = [*(f"x{letter}y" for letter in letters), *(f"{letter}" for letter in letters)]
    other = [(text, found) for text, found in zip(texts, keys_of(texts, key), strict=True) if text != found]
    assert len(other) > 1_000
    of_texts, of_keys = sieves.of([text for text, _ in other]), sieves.of([found for _, found in other])
    differ = [text for (text, _), one, two in zip(other, of_texts, of_keys, strict=True) if one != two]
    assert differ == []


@pytest.mark.parametrize("key", KEYS, ids=["Name", "Code"])
@given(texts=st.lists(st.text(st.sampled_from(LETTERS + WHITE_SPACE + EVERY_INVISIBLE[1:40]), max_size=8), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_texts_with_equal_keys_have_equal_sieves(key: str, texts: list[str], sieves: Sieves) -> None:
    forms = [form for text in texts for form in (text, text.upper(), text.lower(), unicodedata.normalize("NFD", text))]
    forms = [form.replace("\0", "") for form in forms]
    by_key: dict[str, set[str]] = {}
    for found, sieve in zip(keys_of(forms, key), sieves.of(forms), strict=True):
        by_key.setdefault(found, set()).add(sieve)
    assert {found: of_key for found, of_key in by_key.items() if len(of_key) > 1} == {}


def test_sieve_keeps_what_tells_clients_apart(sieves: Sieves) -> None:
    texts = ["Acme Ltd", "ACME  LTD", "Äcmé Ltd", "Straße", "a@b.example", "007", "", "Σοφία"]
    assert sieves.of(texts) == ["acmeltd", "acmeltd", "acmeltd", "strasse", "a@b.example", "007", "", ""]
    assert len(sieves.of(["x" * 100_000])[0]) == 200
