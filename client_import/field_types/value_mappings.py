"""Value mappings as options: ``Widow`` means the member ``Individual`` (docs/rules.md, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from client_import.did_you_mean import did_you_mean, folded, listed
from client_import.fields.catalogue import BY_NAME, FIELDS
from client_import.system.json_text import PlainText

MOST_MAPPINGS = 2_000
"""The most columns, and the most words, of a mapping; far more than there are fields and members."""

LONGEST_SHOWN = 200
_FIELDS = {folded(field): field for field in BY_NAME}


def known_field(name: str) -> str:
    """Return the field called ``name``, ignoring case, spacing and punctuation. Raises ValueError if there is none."""
    try:
        return _FIELDS[folded(name)]
    except KeyError:
        near = did_you_mean(name, list(BY_NAME))
        raise ValueError(
            f'"{name[:LONGEST_SHOWN]}" is not a client field. {near}`client-import fields` lists the fields.'
        ) from None


class ValueMapping(BaseModel):
    """A word of the file, and the member of the field's list that it means there."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="forbid")

    target_field: PlainText = Field(description="a field with a list, or of yes and no", examples=["Type"])
    word: PlainText = Field(
        alias="from", description="what cells say; case and blanks do not count", examples=["Widow"]
    )
    member: PlainText = Field(alias="to", description="the member of the list that is meant", examples=["Individual"])

    @field_validator("target_field")
    @classmethod
    def _has_a_list(cls, name: str) -> str:
        from client_import.field_types.mapped_words import choices  # imported here, because few imports map values

        field = known_field(name)
        if not choices(BY_NAME[field]):
            having = [each.name for each in FIELDS if choices(each)]
            raise ValueError(
                f"{field} has no list, so its words cannot be mapped. The fields with a list are {listed(having)}."
            )
        return field

    @field_validator("word")
    @classmethod
    def _is_a_word(cls, word: str, info: ValidationInfo) -> str:
        from client_import.field_types.mapped_words import key_of

        if key_of(word) is None:
            raise ValueError("The word is blank. What blank cells do is an option of its own, blank cells.")
        if word.strip() == "#N/A":
            raise ValueError("A cell that says #N/A empties its field, and cannot mean anything else.")
        several = BY_NAME[info.data["target_field"]].type == "enum_list" if "target_field" in info.data else False
        if several and (";" in word or "|" in word):
            raise ValueError(f'"{word[:LONGEST_SHOWN]}" is several words; map each of them by itself.')
        return word.strip()

    @field_validator("member")
    @classmethod
    def _is_a_member(cls, text: str, info: ValidationInfo) -> str:
        from client_import.field_types.mapped_words import choices, member_for

        if "target_field" not in info.data:
            return text
        field = BY_NAME[info.data["target_field"]]
        member = member_for(text, field)
        if member is None:
            members = choices(field)
            raise ValueError(
                f'"{text[:LONGEST_SHOWN]}" is no member of the list of {field.name}. {did_you_mean(text, members)}'
                f"Its members are {listed(members)}."
            )
        return member

    @property
    def key(self) -> tuple[str, str | None]:
        """The field, and the key by which the word is compared: equal keys apply to the same cells."""
        from client_import.field_types.mapped_words import key_of

        return self.target_field, key_of(self.word)


@dataclass(frozen=True, slots=True)
class MappedWords:
    """The value mappings of a field as pairs of word and member; ``header`` is that of its column, or None."""

    field_name: str
    pairs: tuple[tuple[str, str], ...]
    header: str | None = None


def not_too_many(what: str) -> BeforeValidator:
    """Return a validator that rejects too many ``what`` before each is validated, which would take long."""

    def check(value: object) -> object:
        if isinstance(value, Sized) and len(value) > MOST_MAPPINGS:
            raise ValueError(f"These are {len(value)} {what}; a mapping names at most {MOST_MAPPINGS}.")
        return value

    return BeforeValidator(check)


def _as_list(value: object) -> object:
    """Return a list of mappings from either form: a list, or ``{"Type": {"Widow": "Individual"}}``.

    Raises ValueError for anything else.
    """
    if isinstance(value, list | tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('Give a list such as [{"targetField": "Type", "from": "Widow", "to": "Individual"}].')
    if not all(isinstance(words, Mapping) for words in value.values()):
        raise ValueError('Give each field with its words, such as {"Type": {"Widow": "Individual"}}.')
    return [
        {"targetField": field, "from": word, "to": member}
        for field, words in value.items()
        for word, member in words.items()
    ]


def _agree(mappings: tuple[ValueMapping, ...]) -> tuple[ValueMapping, ...]:
    """Return the mappings without repeated ones. Raises ValueError if a word is mapped to two members."""
    by_key: dict[tuple[str, str | None], ValueMapping] = {}
    for mapping in mappings:
        first = by_key.setdefault(mapping.key, mapping)
        if first.member != mapping.member:
            raise ValueError(
                f'"{mapping.word[:LONGEST_SHOWN]}" is mapped to two members of {mapping.target_field}, '
                f"{first.member} and {mapping.member}; map it to one."
            )
    return tuple(by_key.values())


ValueMappings = Annotated[
    tuple[ValueMapping, ...], AfterValidator(_agree), not_too_many("values"), BeforeValidator(_as_list)
]
"""Which words mean which members of lists; also as ``{"Type": {"Widow": "Individual"}}``."""


def together(own: Sequence[ValueMapping], others: Sequence[ValueMapping]) -> tuple[ValueMapping, ...]:
    """Return the ``own`` mappings, followed by those ``others`` whose words they do not contain."""
    keys = {mapping.key for mapping in own}
    return (*own, *(mapping for mapping in others if mapping.key not in keys))


def of_field(mappings: Sequence[ValueMapping], field: str) -> list[tuple[str, str]]:
    """Return the mappings of ``field`` as pairs of word and member."""
    return [(mapping.word, mapping.member) for mapping in mappings if mapping.target_field == field]


def to_json(mappings: Sequence[ValueMapping]) -> list[dict[str, Any]]:
    """Return the mappings as JSON."""
    return [mapping.model_dump(by_alias=True) for mapping in mappings]
