"""A row-by-row model of an import in plain dictionaries: docs/rules.md sections 2 to 8 said a second time.

It shares no code with the program and knows nothing of bytes, databases or jobs that die. A table is a
dictionary of clients, each a dictionary of column to value without the empty columns. The steps are those of
`run_import`, in the order the rules have them: cells, match, duplicates, shared codes, mode, limit, apply.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import Enum

from tests.support.model_cells import FIELDS, NEVER_EMPTIED, NOTHING, Cell, Kind, Value, read_cell
from tests.support.model_data import Client, File, Options, Result, Row, Table, Verdict

COMPANY_TYPES = frozenset({"PrivateLimitedCompany", "PublicLimitedCompany", "LimitedLiabilityPartnership"})
PERSON_TYPES = frozenset({"Individual", "SoleTrader"})


class Fate(Enum):
    """What the mode's table (section 5) says of a valid row; the value of a skip is its reason code."""

    CREATED = "created"
    UPDATED = "updated"
    NO_MATCH = "no_match"
    ALREADY_EXISTS = "already_exists"
    UNCHANGED = "unchanged"


APPLIED = frozenset({Fate.CREATED, Fate.UPDATED})


def run_import(table: Table, file: File, options: Options) -> Result:
    """Import `file` into `table`, which is left as it is; the result holds the new one."""
    match_on = match_field(file, options)
    rows = without_nothing(data_rows(file), file, match_on)
    row_errors = {row.number: cell_errors(row) | match_errors(row, table, match_on, options) for row in rows}
    valid = [row for row in rows if not row_errors[row.number]]
    repeated = duplicates(valid, match_on, options)
    used = [row for row in valid if row.number not in repeated]
    shared = shared_codes(used, table, match_on, options)
    used = [row for row in used if row.number not in shared]
    fates = {row.number: fate(row, table, match_on, options) for row in used}

    verdicts = {number: Verdict.error(*reasons) for number, reasons in row_errors.items() if reasons}
    verdicts |= repeated
    verdicts |= {number: Verdict.error("code_taken") for number in shared}
    verdicts |= {number: Verdict.skip(its.value) for number, its in fates.items() if its not in APPLIED}
    numbers = tuple(row.number for row in rows)
    result = Result("Failed", numbers, 0, 0, dict(sorted(verdicts.items())), table)
    if over_limit(result.errors, result.total, options.max_errors):
        return result
    created = [row for row in used if fates[row.number] is Fate.CREATED]
    updated = [row for row in used if fates[row.number] is Fate.UPDATED]
    after = applied(table, created, updated, match_on, options)
    return Result("Completed", numbers, len(created), len(updated), result.verdicts, after)


def data_rows(file: File) -> list[Row]:
    """Section 2: the records with a non-blank cell, short ones filled up, numbered from the header's 1."""
    rows = []
    for number, record in enumerate(file.records, start=2):
        if not any(cell.strip(" ") for cell in record):
            continue
        width = len(file.headers)
        filled = record + ("",) * (width - len(record))
        cells = {
            header: read_cell(header, raw)
            for header, raw in zip(file.headers, filled[:width], strict=True)
            if header in FIELDS
        }
        rows.append(Row(number, cells, overflows=any(cell.strip(" ") for cell in filled[width:])))
    return rows


def without_nothing(rows: list[Row], file: File, match_on: str) -> list[Row]:
    """Section 4: a text column that says `NULL` and the like twice or more, and nothing else, is blank."""
    for place, header in enumerate(file.headers):
        if header in FIELDS and FIELDS[header].is_text and header not in {match_on, *NEVER_EMPTIED}:
            cells = [record[place].strip(" ") for record in file.records if place < len(record)]
            said = [cell.lower() for cell in cells if cell]
            if len(said) > 1 and NOTHING.issuperset(said):
                rows = [replace(row, cells={**row.cells, header: Cell(Kind.BLANK)}) for row in rows]
    return rows


def match_field(file: File, options: Options) -> str:
    """Section 5: the match field asked for; by default Code when it is mapped, else Name."""
    return options.match_on or ("Code" if "Code" in file.headers else "Name")


def match_key(value: Value) -> str:
    """Section 5: match values are compared with inner spaces collapsed and case ignored."""
    return " ".join(str(value).split()).casefold()


def cell_errors(row: Row) -> set[str]:
    """Section 4: the errors of the cells, and of the record itself."""
    row_errors = {cell.reason for cell in row.cells.values() if cell.reason is not None}
    return row_errors | {"too_many_cells"} if row.overflows else row_errors


def match_errors(row: Row, table: Table, match_on: str, options: Options) -> set[str]:
    """Section 4: the errors that show once the row is matched. A wrong match cell matches nothing."""
    if row.lacks(match_on):
        return {"missing_required"}
    if row.value(match_on) is None:
        return set()
    found = matched(row, table, match_on)
    if len(found) > 1:
        return {"ambiguous_match"}
    if found:
        return mismatch_errors(row, found[0])
    return set() if options.mode == "update-only" else creation_errors(row, table, match_on, options)


def matched(row: Row, table: Table, match_on: str) -> list[Client]:
    """The clients of the table that have the row's match value."""
    wanted, column = match_key(row.cells[match_on].value or ""), FIELDS[match_on].column
    return [client for client in table.values() if column in client and match_key(client[column]) == wanted]


def mismatch_errors(row: Row, client: Client) -> set[str]:
    """`code_mismatch`: matched by another field, but the row's Code is not the client's (case ignored)."""
    code = row.value("Code")
    return set() if code is None or match_key(code) == match_key(client["code"]) else {"code_mismatch"}


def creation_errors(row: Row, table: Table, match_on: str, options: Options) -> set[str]:
    """What a row that would create a client must have (Name, Type), and must not (the Code of another)."""
    row_errors = set()
    if row.lacks("Name") or (row.lacks("Type") and options.default_type is None):
        row_errors.add("missing_required")
    code = row.value("Code")
    if match_on != "Code" and code is not None and match_key(code) in table:
        row_errors.add("code_taken")
    return row_errors


def duplicates(rows: Iterable[Row], match_on: str, options: Options) -> dict[int, Verdict]:
    """Section 6: the verdicts on valid rows that have their match value in common; the used one has none."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(match_key(row.cells[match_on].value or ""), []).append(row)
    verdicts: dict[int, Verdict] = {}
    for group in groups.values():
        contents = [content(row, options) for row in group]
        if options.duplicates == "reject" and any(other != contents[0] for other in contents):
            verdicts |= {row.number: Verdict.error("duplicate_in_file") for row in group}
        else:
            rest = group[:-1] if options.duplicates == "last" else group[1:]
            verdicts |= {row.number: Verdict.skip("duplicate_of_row") for row in rest}
    return verdicts


def shared_codes(rows: Iterable[Row], table: Table, match_on: str, options: Options) -> set[int]:
    """Section 6: the rows that would create clients with one Code under another match field."""
    if match_on == "Code":
        return set()
    by_code: dict[str, set[int]] = {}
    for row in rows:
        code = row.value("Code")
        if code is not None and fate(row, table, match_on, options) is Fate.CREATED:
            by_code.setdefault(match_key(code), set()).add(row.number)
    return {number for numbers in by_code.values() if len(numbers) > 1 for number in numbers}


def fate(row: Row, table: Table, match_on: str, options: Options) -> Fate:
    """Section 5, the table of modes, for a row without errors."""
    found = matched(row, table, match_on)
    if not found:
        return Fate.NO_MATCH if options.mode == "update-only" else Fate.CREATED
    if options.mode == "create-only":
        return Fate.ALREADY_EXISTS
    changes = changed(found[0], effects(row, found[0], options)) != found[0]
    return Fate.UPDATED if changes else Fate.UNCHANGED


def content(row: Row, options: Options) -> dict[str, Value | None]:
    """What the row's own cells set (a value) or empty (None), by field; fields ignored are not in it."""
    cells = {}
    for field, cell in row.cells.items():
        clears = cell.kind is Kind.BLANK and options.blank == "clear" and field not in NEVER_EMPTIED
        if cell.kind is Kind.VALUE or cell.kind is Kind.NOT_AVAILABLE or clears:
            cells[field] = cell.value
    return cells


def effects(row: Row, client: Client, options: Options) -> dict[str, Value | None]:
    """What the row does to a client (`{}` for a new one), by column: its cells, and where its Utr goes."""
    cells = content(row, options)
    columns = {FIELDS[field].column: value for field, value in cells.items()}
    kind = row.value("Type") or client.get("type") or options.default_type
    if "Utr" in cells and kind in COMPANY_TYPES and "CompanyUtr" not in row.cells:
        columns["company_utr"] = cells["Utr"]
    if "Utr" in cells and kind in PERSON_TYPES and "SelfAssessmentUtr" not in row.cells:
        columns["self_assessment_utr"] = cells["Utr"]
    return columns


def changed(client: Client, columns: Mapping[str, Value | None]) -> Client:
    """The client after the effects of a row."""
    merged = {**client, **columns}
    return {column: value for column, value in merged.items() if value is not None}


def over_limit(errors: int, total: int, max_errors: str | None) -> bool:
    """Section 7: a number of rows, or a share of the data rows."""
    if max_errors is None:
        return False
    if max_errors.endswith("%"):
        return errors * 100 > int(max_errors[:-1]) * total
    return errors > int(max_errors)


def applied(table: Table, created: Iterable[Row], updated: Iterable[Row], match_on: str, options: Options) -> Table:
    """The table after the rows that create and the rows that update (sections 4 and 5)."""
    after = dict(table)
    for row in updated:
        [client] = matched(row, table, match_on)
        after[match_key(client["code"])] = changed(client, effects(row, client, options))
    codes = set(table) | {match_key(code) for row in created if (code := row.value("Code"))}
    for row in created:
        client = changed(defaults(options), effects(row, {}, options))
        if "code" not in client:
            client["code"] = next_code(codes)
            codes.add(match_key(client["code"]))
        after[match_key(client["code"])] = client
    return after


def defaults(options: Options) -> Client:
    """What a created client has when its row does not say: Status, and Type when the option gives one."""
    client: Client = {"status": "Active"}
    return client | {"type": options.default_type} if options.default_type else client


def next_code(taken: set[str]) -> str:
    """Section 4: the first of C000001, C000002, ... that no client and no row of the file has."""
    number = 1
    while f"c{number:06}" in taken:
        number += 1
    return f"C{number:06}"
