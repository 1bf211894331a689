"""The rules of the import in pandas and Pandera: a whole file in one frame of texts."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow.csv

from benchmarks.peers.rules import SENTENCES, STATUSES, TYPES, Field, read_fields

PATTERNS = {
    "code": r"\S+",
    "email": r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}",
    "phone": r"\+44[1-9][0-9]{9}|\+(?:[1-35-9][0-9]|4[0-35-9])[0-9]{5,13}",
    "company_number": r"[0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}",
    "vat": r"[0-9]{9}(?:[0-9]{3})?",
    "utr": r"[0-9]{10}",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "post_code": r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}",
    "url": r"https?://[^\s/.]+(?:\.[^\s/.]+)+(?:/\S*)?",
}
MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "type": TYPES,
    "status": STATUSES,
    "yes_no": {"Yes": ("y", "true", "1"), "No": ("n", "false", "0")},
}
REFUSED = ["row", "outcome", "reason", "message"]


def normalised(cells: pd.Series, kind: str) -> pd.Series:
    """Return the normal forms of the cells of a field; a cell that has none stays as it is."""
    texts = cells.str.strip()
    texts = texts.mask(texts == "")
    match kind:
        case "name":
            return texts.str.replace(r"\s+", " ", regex=True)
        case "type" | "status" | "yes_no":
            known = {name.lower(): member for member, others in MEMBERS[kind].items() for name in (member, *others)}
            return texts.str.lower().map(known).astype(texts.dtype).fillna(texts)
        case "email":
            parts = texts.str.partition("@")
            return parts[0] + parts[1] + parts[2].str.lower()
        case "phone":
            compact = texts.str.replace(r"[ ().-]", "", regex=True)
            return compact.str.replace(r"^(?:\+440?|00440?|0)", "+44", regex=True)
        case "company_number":
            return texts.str.upper().where(~texts.str.fullmatch("[0-9]{1,8}").fillna(False), texts.str.zfill(8))
        case "vat":
            return texts.str.upper().str.replace(" ", "", regex=False).str.removeprefix("GB")
        case "utr":
            return texts.str.upper().str.replace(" ", "", regex=False).str.removesuffix("K")
        case "date":
            days = pd.to_datetime(texts, format="%d/%m/%Y", errors="coerce")
            days = days.fillna(pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce"))
            return days.dt.strftime("%Y-%m-%d").astype(texts.dtype).fillna(texts)
        case "post_code":
            compact = texts.str.upper().str.replace(" ", "", regex=False)
            return compact.str.slice(stop=-3) + " " + compact.str.slice(start=-3)
    return texts


def has_vat_check_digits(values: pd.Series) -> pd.Series:
    """Return which VAT numbers have right check digits; those of a wrong shape are left to the other check."""
    number = pd.to_numeric(values.str.slice(stop=9), errors="coerce").fillna(0).astype("int64")
    total = number % 100
    for position, weight in enumerate((2, 3, 4, 5, 6, 7, 8), start=2):
        total += number // 10**position % 10 * weight
    return (total % 97).isin([0, 42]) | ~values.str.fullmatch(PATTERNS["vat"])


def has_utr_check_digit(values: pd.Series) -> pd.Series:
    """Return which UTRs have the right check digit; those of a wrong shape are left to the other check."""
    number = pd.to_numeric(values.where(values.str.fullmatch(PATTERNS["utr"]), "0")).astype("int64")
    total = number * 0
    for position, weight in enumerate((2, 3, 4, 5, 10, 9, 8, 7, 6)):
        total += number // 10**position % 10 * weight
    right = np.array([2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1])[total % 11]
    return (number // 10**9 == right) | ~values.str.fullmatch(PATTERNS["utr"])


def checks_of(field: Field) -> list[pa.Check]:
    """Return the Pandera checks of a field, each named for its reason."""
    checks = [pa.Check.str_length(max_value=field.length, name="too_long")]
    if field.kind in MEMBERS:
        checks.append(pa.Check.isin(list(MEMBERS[field.kind]), name="not_in_list"))
    if field.kind in PATTERNS:
        pattern = PATTERNS[field.kind]
        checks.append(pa.Check(lambda values: values.str.fullmatch(pattern), name="bad_format"))
    if field.kind == "vat":
        checks.append(pa.Check(has_vat_check_digits, name="bad_check_digit"))
    if field.kind == "utr":
        checks.append(pa.Check(has_utr_check_digit, name="bad_check_digit"))
    return checks


def schema_for(fields: list[Field]) -> pa.DataFrameSchema:
    """Return the schema of the normal forms of ``fields``."""
    return pa.DataFrameSchema(
        {field.column: pa.Column(nullable=True, checks=checks_of(field)) for field in fields},
    )


def read(source: Path) -> pd.DataFrame:
    """Read all cells of ``source`` as texts; the index is the row as a spreadsheet shows it."""
    with source.open(newline="", encoding="utf-8-sig") as file:
        header = next(csv.reader(file))
    table = pyarrow.csv.read_csv(
        source,
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(header, pyarrow.string())),
    )
    cells = table.to_pandas()
    cells.index = pd.RangeIndex(2, len(cells) + 2)
    return cells


def judge(cells: pd.DataFrame, known: pd.Series) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clients in ``cells``, and the rows not to be imported as a frame of REFUSED.

    ``known`` has the codes of the clients that exist, in small letters. A code that stands twice with different
    content refuses both rows; with the same content the first is used.
    """
    by_header = read_fields()
    fields = [by_header[header] for header in cells.columns if header in by_header]
    clients = pd.DataFrame({field.column: normalised(cells[field.header], field.kind) for field in fields})
    faults = faults_in(clients, fields, ~clients["code"].str.lower().isin(known))
    refused = [explained(faults, cells, fields)]
    good = clients.drop(index=faults["row"].unique())
    key = good["code"].str.lower()
    repeated = good[key.duplicated(keep=False)]
    same = repeated.duplicated(keep=False)
    different = repeated[~same].index
    copies = repeated[same & repeated.duplicated()].index
    refused.append(because(different, "error", "duplicate_in_file", "Another row has this code and other content."))
    refused.append(because(copies, "skipped", "duplicate_of_row", "The same as a row above, which was used."))
    return good.drop(index=[*different, *copies]), pd.concat(refused)


def faults_in(clients: pd.DataFrame, fields: list[Field], creates: pd.Series) -> pd.DataFrame:
    """Return a frame of ``row``, ``column`` and ``reason``, one line for each fault."""
    found = []
    try:
        schema_for(fields).validate(clients, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        found.append(cases[["index", "column", "check"]].set_axis(["row", "column", "reason"], axis=1))
    for column, needed in (("code", True), ("name", creates), ("type", creates)):
        rows = clients.index[clients[column].isna() & needed]
        found.append(pd.DataFrame({"row": rows, "column": column, "reason": "missing_required"}))
    faults = pd.concat(found)
    faults["reason"] = faults["reason"].str.replace(r"^str_length.*", "too_long", regex=True)
    faults["reason"] = faults["reason"].str.replace(r"^isin.*", "not_in_list", regex=True)
    return faults.astype({"row": "int64"})


def explained(faults: pd.DataFrame, cells: pd.DataFrame, fields: list[Field]) -> pd.DataFrame:
    """Return one line of REFUSED for each row that has faults."""
    sentences = []
    for field in fields:
        its = faults[faults["column"] == field.column]
        wrong = cells[field.header].reindex(its["row"]).set_axis(its.index)
        text = f'{field.header} "' + wrong + '" ' + its["reason"].map(SENTENCES)
        sentences.append(its.assign(message=text))
    lines = (
        pd.concat(sentences).groupby("row", sort=True).agg(reason=("reason", ";".join), message=("message", " ".join))
    )
    return lines.reset_index().assign(outcome="error")[REFUSED]


def because(rows: pd.Index, outcome: str, reason: str, message: str) -> pd.DataFrame:
    """Return a line of REFUSED for each of ``rows``."""
    return pd.DataFrame({"row": rows, "outcome": outcome, "reason": reason, "message": message})


def write_refused(refused: pd.DataFrame, cells: pd.DataFrame, out: Path) -> None:
    """Write ``not_imported.csv`` to the folder ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    lines = refused.sort_values("row").set_index("row").add_prefix("import_")
    lines.insert(0, "import_row", lines.index)
    cells.loc[lines.index].join(lines).to_csv(out / "not_imported.csv", index=False, encoding="utf-8-sig")
