"""All field types by the names used in fields.csv."""

from __future__ import annotations

from client_import.field_types.companies_house import AUTH_CODE, COMPANY_NUMBER
from client_import.field_types.dates import DATE
from client_import.field_types.email import EMAIL
from client_import.field_types.enums import ENUM, ENUM_LIST
from client_import.field_types.payroll import ACCOUNTS_OFFICE_REF, NINO, PAYE_REF
from client_import.field_types.post_code import POST_CODE
from client_import.field_types.tax import UTR, VAT
from client_import.field_types.telephone import PHONE
from client_import.field_types.text import TEXT
from client_import.field_types.url import URL
from client_import.field_types.value_type import Rules, ValueType
from client_import.field_types.yes_no import YES_NO

__all__ = ["VALUE_TYPES", "Rules"]

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
"""The value type for each ``type`` of fields.csv."""
