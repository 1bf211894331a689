"""The sentence for each fault of a cell: what is wrong, and what to do about it."""

from __future__ import annotations

from client_import.catalogue import Field
from client_import.values.dates import NOT_IN_THE_FUTURE

_BAD_FORMAT = {
    "text": "has a blank in it; take the blanks out.",
    "email": "is not an email address; write it like name@example.com.",
    "phone": "is not a telephone number; write one number like 020 7946 0018 or +33 1 23 45 67 89, "
    "without letters and without an extension.",
    "url": "is not a web address; write it like https://www.example.com.",
    "yes_no": "is neither yes nor no; write Yes or No.",
    "company_number": "is not a company number; write 8 digits or 2 letters and 6 digits, like SC123456.",
    "auth_code": "is not an authentication code; write its 6 letters or digits.",
    "date": "is not a day of the calendar; write it with a year of four digits, like 31 Dec 2024.",
    "vat": "is not a VAT number; write its 9 or 12 digits, with or without GB in front.",
    "utr": "is not a UTR; write its 10 digits.",
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


def sentence(reason: str, field: Field) -> str:
    """Return the sentence for a fault of a cell of ``field``, to be filled in at {column} and {value}.

    Each placeholder stands in it once, and {value} not at all when the field is sensitive; there are no other
    braces. Raises KeyError for a reason that cells of the field's type cannot have.
    """
    subject = "The value of {column}" if field.sensitive else '{column} "{value}"'
    return f"{subject} {_fault(reason, field)}"


def _fault(reason: str, field: Field) -> str:
    match reason:
        case "too_long":
            return f"is too long; shorten it to {field.max_length} characters or fewer."
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
