"""How the cells of each field type are put into normal form, checked and stored: whole columns at a time.

Everything here is pure and may run in any thread. What a type is, says :class:`ValueType`.
"""

from __future__ import annotations

from client_import.values.characters import is_damaged, prepare
from client_import.values.companies_house import AUTH_CODE, COMPANY_NUMBER
from client_import.values.dates import DATE
from client_import.values.email import EMAIL
from client_import.values.enums import ENUM, ENUM_LIST
from client_import.values.payroll import ACCOUNTS_OFFICE_REF, NINO, PAYE_REF
from client_import.values.post_code import POST_CODE, post_code_is_good
from client_import.values.repair import count_nothing, repair
from client_import.values.sentences import possible_hints, sentence
from client_import.values.shapes import name_shape
from client_import.values.tax import UTR, VAT
from client_import.values.telephone import PHONE
from client_import.values.text import TEXT
from client_import.values.url import URL
from client_import.values.value_type import Column, Flags, Rules, ValueType
from client_import.values.yes_no import YES_NO

__all__ = [
    "VALUE_TYPES",
    "Column",
    "Flags",
    "Rules",
    "ValueType",
    "count_nothing",
    "is_damaged",
    "name_shape",
    "possible_hints",
    "post_code_is_good",
    "prepare",
    "repair",
    "sentence",
]

VALUE_TYPES: dict[str, ValueType] = {
    "text": TEXT,
    "enum": ENUM,
    "email": EMAIL,
    "phone": PHONE,
    "url": URL,
    "yes_no": YES_NO,
    "company_number": COMPANY_NUMBER,
    "auth_code": AUTH_CODE,
    "date": DATE,
    "vat": VAT,
    "utr": UTR,
    "nino": NINO,
    "paye_ref": PAYE_REF,
    "accounts_office_ref": ACCOUNTS_OFFICE_REF,
    "post_code": POST_CODE,
    "enum_list": ENUM_LIST,
}
"""What is known of each ``type`` of fields.csv."""
