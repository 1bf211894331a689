"""How many rows a file of rows not imported has, counted from the file itself."""

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client_import.errors import StoreError
from client_import.reports import rejects_file
from client_import.reports.rejects_file import count_rows

CELLS = st.text('a",\r\n;é', max_size=4)


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), block=st.integers(1, 12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reader_of_csv_sees_as_many_rows_wherever_the_blocks_end(tmp_path, rows, block):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("Code", "Name"), *rows])
    file = tmp_path / "not_imported.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rejects_file, "_READ_AT_ONCE", block)
        assert count_rows(file) == len(rows)


@pytest.mark.parametrize("content", [b"", b"Code", b'Code\r\n"a', b'Code\r\n"a\r\n', b"Code\r\na"])
def test_a_file_that_ends_within_a_row_is_damaged(tmp_path, content):
    file = tmp_path / "not_imported.csv"
    file.write_bytes(content)
    with pytest.raises(StoreError, match="ends within a row"):
        count_rows(file)


def test_a_file_that_is_not_there_has_no_rows(tmp_path):
    assert count_rows(tmp_path / "not_imported.csv") == 0
