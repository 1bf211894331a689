"""Write the pages that come from the code: ``python -m docs.generate``.

What is fixed in them is in ``templates``; fields, accepted forms, reasons, sentences, options and settings come from
the code, and every example cell is put through it, so that no page can say what the program does not do.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path
from string import Template

import pyarrow as pa
from pydantic.alias_generators import to_camel

from client_import.field_types.artefacts import strip_artefacts
from client_import.field_types.characters import trim
from client_import.field_types.enums import SYNONYMS
from client_import.field_types.hints import Hint
from client_import.field_types.post_code import post_code_is_good
from client_import.field_types.registry import VALUE_TYPES, Rules
from client_import.field_types.shapes import name_shape
from client_import.fields.catalogue import FIELDS, Field
from client_import.mapping.resolve import MappedColumn, Mapping
from client_import.options import OFFERED, ImportOptions, members_of
from client_import.reports.messages import SKIP_SENTENCES, SentenceParts, sentence_parts
from client_import.row_errors import Reason, SkipReason
from docs import setting_groups
from docs.forms import FORMS, NOTHING, REPAIRED_ANYWHERE
from docs.help import HELP, as_html

FOLDER = Path(__file__).parent
HELP_FOLDER = FOLDER.parent / "service" / "page" / "help"
RULES = Rules()
MAPPING = Mapping(tuple(MappedColumn(at, field.name, field.name) for at, field in enumerate(FIELDS)), (), "Code")
SENTENCES = {(part.field, part.reason, part.hint): part for part in reversed(sentence_parts(MAPPING))}

ROW_CELLS = {
    Reason.TOO_MANY_CELLS: (None, "left over", ""),
    Reason.UNCLOSED_QUOTE: (None, "", ""),
    Reason.BAD_ENCODING: (None, "", ""),
    Reason.REPEATED_HEADER: (None, "", ""),
    Reason.ANOTHER_TABLE: (None, "12", ""),
    Reason.FOOTER: (None, "Total: 12", ""),
    Reason.DUPLICATE_IN_FILE: ("Code", "A1", "7"),
    Reason.AMBIGUOUS_MATCH: ("Code", "A1", "A1, a1"),
    Reason.CODE_TAKEN: ("Code", "A1", "another client"),
    Reason.CODE_MISMATCH: ("Code", "Z9", "A1"),
}
"""For reasons that are of more than a cell: the field, the value and the detail that an example has."""


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    filled = {
        "preparing-your-file.md": {
            "forms": "\n\n".join(map(_form, FORMS)),
            "anywhere": _table(("in the file", "is read as"), _readings(_field("phone"), REPAIRED_ANYWHERE)),
            "nothing": ", ".join(map(_code, _all_nothing())),
        },
        "reasons.md": {
            **{reason.value: "\n\n".join(_examples(reason)) for reason in Reason},
            **{reason.value: f"> {_skip_sentence(reason)}" for reason in SkipReason},
        },
        "options.md": {"options": _table(("command line", "in JSON", "what it does"), map(_option, OFFERED))},
        "settings.md": {
            group: _table(("setting", "default", "what it does"), setting_groups.rows(group))
            for group in setting_groups.GROUPS
        },
    }
    return {name: Template(_template(name)).substitute(parts) for name, parts in filled.items()}


def help_pages() -> dict[str, str]:
    """Return the HTML of each page that the web page serves as its help, by its file name."""
    texts = pages()
    return {Path(name).with_suffix(".html").name: as_html(texts[name]) for name in HELP}


def read(field: Field, cell: str) -> tuple[str | None, Reason | None, Hint | None]:
    """Return what a cell of the field is read as, the reason it is rejected for, and the hint of that."""
    value_type = VALUE_TYPES[field.type]
    cells = trim(pa.array([cell]))
    values = value_type.normalise(strip_artefacts(cells, field), field, RULES)
    rejected = [
        Reason(reason) for reason, check in value_type.checks.items() if not check(values, field, RULES)[0].as_py()
    ]
    if field.type == "post_code" and not post_code_is_good(values, None)[0].as_py():
        rejected.insert(0, Reason.BAD_FORMAT)
    if not rejected:
        return values[0].as_py(), None, None
    hint = name_shape(values, value_type.hints(RULES).items())[0].as_py()
    return values[0].as_py(), rejected[0], Hint(hint) if hint else None


def _template(name: str) -> str:
    return (FOLDER / "templates" / name).read_text("utf-8")


def _field(type_name: str) -> Field:
    """Return a field to show the type with; of text the one that has a rule."""
    return next(field for field in FIELDS if field.type == type_name and (type_name != "text" or field.name == "Code"))


def _form(type_name: str) -> str:
    form = FORMS[type_name]
    fields = [field for field in FIELDS if field.type == type_name]
    parts = [f"### {form.title}", form.write, _names(fields), *(_members(field) for field in fields if field.members)]
    if form.read:
        parts.append(_table(("in the file", "is read as"), _readings(_field(type_name), form.read)))
    return "\n\n".join(parts)


def _names(fields: list[Field]) -> str:
    if fields[0].type != "text":
        return "Fields: " + ", ".join(_code(field.name) for field in fields) + "."
    by_length: dict[int, list[str]] = {}
    for field in fields:
        by_length.setdefault(field.max_length or 0, []).append(_code(field.name))
    rows = ((f"{most} characters", ", ".join(names)) for most, names in sorted(by_length.items()))
    return _table(("at most", "fields"), rows)


def _members(field: Field) -> str:
    rows = [(_code(member), ", ".join(SYNONYMS.get((field.name, member), ()))) for member in field.members]
    has_synonyms = any(synonyms for _, synonyms in rows)
    return (
        _table((field.name, "other words for it"), rows) if has_synonyms else ", ".join(map(_code, field.members)) + "."
    )


def _readings(field: Field, cells: Iterable[str]) -> Iterable[tuple[str, str]]:
    for cell in cells:
        value, reason, _ = read(field, cell)
        assert value is not None, f"{cell} says nothing"
        assert reason is None, f"{cell} is rejected"
        yield _code(cell), _code(value)


def _all_nothing() -> Iterable[str]:
    for cell in NOTHING:
        assert read(_field("phone"), cell) == (None, None, None), f"{cell} says something"
        yield cell


def _examples(reason: Reason) -> list[str]:
    """Return the sentences of a reason, each with the cell it is of."""
    rows = []
    for type_name, form in FORMS.items():
        for cell in form.rejected:
            field = _field(type_name)
            _, found, hint = read(field, cell)
            assert found is not None, f"{cell} is not rejected"
            if found is reason:
                rows.append((field.name, _code(cell), _sentence(SENTENCES[field.name, reason, hint], cell)))
    if reason is Reason.TOO_LONG:
        rows += [(name, "…", _sentence(SENTENCES[name, reason, None], "…")) for name in ("Name", "CompanyNumber")]
    if reason is Reason.MISSING_REQUIRED:
        rows += [(name, "", _sentence(SENTENCES[name, reason, None])) for name in ("Code", "Name", "Type")]
    quotes = []
    if reason in ROW_CELLS:
        field_name, value, detail = ROW_CELLS[reason]
        quotes.append("> " + _sentence(SENTENCES[field_name, reason, None], value, detail))
    return quotes + ([_table(("field", "cell", "what is said"), rows)] if rows else [])


def _sentence(part: SentenceParts, value: str = "", detail: str = "") -> str:
    return part.head + value * part.names_value + part.middle + detail * part.names_detail + part.tail


def _skip_sentence(reason: SkipReason) -> str:
    return SKIP_SENTENCES[reason].replace("{match}", "Code").replace("{row}", "7")


def _option(name: str) -> tuple[str, str, str]:
    offered, field, members = OFFERED[name], ImportOptions.model_fields[name], members_of(name)
    default = field.default.value if isinstance(field.default, Enum) else offered.unset
    parts = [
        str(field.description),
        f"One of {', '.join(map(_code, members))}." if members else "",
        f"Default: {default}." if default else "",
    ]
    return _code(f"{offered.flag} {offered.value}".rstrip()), _code(to_camel(name)), " ".join(filter(None, parts))


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def main() -> None:
    """Write the pages beside this module, and those that are served as help."""
    for folder, texts in ((FOLDER, pages()), (HELP_FOLDER, help_pages())):
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
