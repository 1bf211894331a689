"""The sentence for each error of a cell: what is wrong and what to do."""

from __future__ import annotations

from client_import.field_types.dates import NOT_IN_THE_FUTURE
from client_import.field_types.hints import Hint
from client_import.field_types.value_type import Rules, ValueType
from client_import.fields.catalogue import Field

_BAD_FORMAT = {
    "text": "has a blank in it; take the blanks out.",
    "email": "is not an email address; write it like name@example.com.",
    "phone": "is not a telephone number; write one number like 020 7946 0018 or +33 1 23 45 67 89, "
    "without letters and without an extension.",
    "url": "is not a web address; write it like https://www.example.com.",
    "yes_no": "is neither yes nor no; write Yes or No.",
    "company_number": "is not a company number; write its 8 characters, like 01234567, SC123456 or IP00123R.",
    "auth_code": "is not an authentication code; write its 6 letters or digits.",
    "date": "is not a day of the calendar; write it with a year of four digits, like 31 Dec 2024.",
    "vat": "is not a VAT number; write its 9 or 12 digits, with or without GB or XI in front.",
    "utr": "is not a UTR; write all its 10 digits; the first is never 0.",
    "nino": "is not a National Insurance number; write 2 letters, 6 digits and A, B, C or D.",
    "paye_ref": "is not a PAYE reference; write 3 digits, / and up to 10 letters or digits, like 123/AB456.",
    "accounts_office_ref": "is not an Accounts Office reference; write 13 characters like 123PA00012345.",
    "post_code": "is not a UK post code; write one like SW1A 1AA, or fill in the country if it is abroad.",
}
_BAD_CHECK_DIGIT = {
    "vat": "is not a VAT number: its check digits do not fit; look for a wrong or swapped digit.",
    "utr": "is not a UTR: its check digit does not fit; look for a wrong or swapped digit.",
}
_NOT_IN_LIST = {
    "enum": "is not in the list; write {members}.",
    "enum_list": "has a part that is not in the list; write {members}, several with ; between.",
}
_IN_THE_FUTURE = "is not a day of the calendar up to today; write it with a year of four digits, like 31 Dec 1984."
_HINTED = {
    Hint.DIGITS_LOST: "was shortened by a spreadsheet, and digits are lost. Open the list it came from, format the "
    "column as text (or as a number with 0 decimals), and save it as CSV again.",
    Hint.NO_VALUE: "is what a spreadsheet shows when it has no value or no room for it. Repair the formula or widen "
    "the column, and save it as CSV again; or clear the cell.",
    Hint.TWO_DIGIT_YEAR: "has a year of two digits, which fits two centuries; write it with four, like 31 Dec 2024.",
    Hint.YEAR_OR_COUNT: "may be a year or a spreadsheet's count of days; write a whole date, like 31 Dec 2024.",
    Hint.TIME_WITH_ZONE: "has a time of another time zone, where it may be another day; write the date alone, like "
    "31 Dec 2024.",
    Hint.NO_MONTH_AFTER_DAY: "is read with the day first, and there is no such month. Write it like 31 Dec 2024; or, "
    "if all dates of the file have the month first, import it with the option month first.",
    Hint.NO_MONTH_BEFORE_DAY: "is read with the month first, and there is no such month. Write it like 31 Dec 2024; "
    "or, if all dates of the file have the day first, import it with the option day first.",
    Hint.TICK_OR_CROSS: "may be a tick or a cross; write Yes or No.",
}
_DAMAGED = (
    "has letters that were damaged before the file was sent (\ufffd); type the words again, and save as CSV UTF-8."
)
_HAVE_HINTS = ("bad_format", "not_in_list")
_OF_FREE_LENGTH = ("text", "email", "url", "post_code")


def possible_hints(reason: str, value_type: ValueType) -> list[Hint]:
    """Return the hints that errors with ``reason`` can have in cells of ``value_type``."""
    if reason not in _HAVE_HINTS:
        return []
    return list({hint: None for day_first in (True, False) for hint in value_type.hints(Rules(day_first))})


def sentence(reason: str, field: Field, hint: str | None = None) -> str:
    """Return the sentence for an error in a cell of ``field``, with the placeholders {column} and {value}.

    Each placeholder occurs once, but {value} is left out if the field is sensitive; there are no other braces. Raises
    KeyError if cells of the field's type cannot have the reason.
    """
    subject = "The value of {column}" if field.sensitive else '{column} "{value}"'
    return f"{subject} {_HINTED[Hint(hint)] if hint else _unhinted(reason, field)}"


def _unhinted(reason: str, field: Field) -> str:
    match reason:
        case "too_long" if field.type not in _OF_FREE_LENGTH:
            return f"has more than {field.max_length} characters, which no such value has."
        case "too_long":
            return f"is too long; shorten it to {field.max_length} characters or fewer."
        case "bad_encoding":
            return _DAMAGED
        case "not_in_list":
            *others, last = field.members
            return _NOT_IN_LIST[field.type].format(members=f"{', '.join(others)} or {last}" if others else last)
        case "bad_check_digit":
            return _BAD_CHECK_DIGIT[field.type]
        case "bad_format" if field.type == "date" and NOT_IN_THE_FUTURE in field.rule:
            return _IN_THE_FUTURE
        case "bad_format":
            return _BAD_FORMAT[field.type]
    raise KeyError(reason)
