"""Which field a header names: by the field's name, then by known synonyms (semantics.md, section 3)."""

from __future__ import annotations

import re

from client_import.catalogue import BY_NAME, FIELDS

_SYNONYMS = {
    "Name": "client name|company name|business name|full name|organisation|organisation name|customer name|customer|client",
    "Code": "client code|client ref|client reference|client id|client number|client no|account code|account ref|customer code",
    "Type": "client type|entity type|business type|company type|legal form|company category",
    "Status": "client status|company status",
    "Email": "email address|e-mail|e-mail address|client email|mail",
    "Telephone": "phone|phone number|telephone number|tel|tel no|client phone|landline",
    "Website": "web|web site|web address|url|homepage",
    "InternalReference": "internal ref|our ref|our reference|reference|file ref",
    "PclSent": "pcl|professional clearance|professional clearance letter sent|clearance letter sent",
    "TradingAs": "trading name|t/a|trades as|dba",
    "NatureOfBusiness": "business description|trade|sic description|industry|business nature",
    "CanContactPost": "contact by post|post ok|allow post",
    "CanContactTelephone": "contact by telephone|contact by phone|phone ok|allow phone",
    "CanContactEmail": "contact by email|email ok|allow email",
    "CanContactSms": "contact by sms|sms ok|allow sms|contact by text",
    "Manager": "client manager|account manager",
    "Partner": "client partner|responsible partner|partner in charge",
    "Associate": "client associate",
    "CompanyNumber": "company no|company reg no|company registration number|companies house number|crn|registration number|registered number|co no|company registration no",
    "CompaniesHouseAuthenticationCode": "ch auth code|authentication code|companies house auth code|ch authentication code|auth code",
    "IncorporationDate": "incorporated|date of incorporation|incorporated on|date incorporated|incorporation",
    "VatNumber": "vat no|vat|vat reg no|vat registration number|vat registration no|vrn",
    "VatRegistered": "is vat registered|vat reg",
    "VatRegDate": "vat registration date|vat registered date|date of vat registration|vat reg date",
    "VatReportingPeriod": "vat period|vat quarter|vat stagger|vat return period",
    "Utr": "unique taxpayer reference|tax reference|utr no|utr number",
    "SelfAssessmentUtr": "sa utr|personal utr|individual utr|self assessment reference",
    "CompanyUtr": "ct utr|corporation tax utr|corporation tax reference|company tax reference|ct reference",
    "NiNumber": "ni no|national insurance number|national insurance no|nino|ni|nat ins no",
    "PayeRef": "paye reference|employer paye reference|paye|employers reference|employer reference",
    "AccountsOfficeRef": "accounts office reference|ao ref|ao reference|accounts office no",
    "RegisteredAddress": "address|registered office|registered office address|full address|client address",
    "RegisteredAddressLine1": "address 1|address line 1|registered address 1|registered office line 1|street",
    "RegisteredAddressLine2": "address 2|address line 2|registered address 2|registered office line 2",
    "RegisteredAddressLine3": "address 3|address line 3|registered address 3|registered office line 3",
    "RegisteredAddressCity": "town|city|post town|town city|registered address town|registered town",
    "RegisteredAddressPostCode": "postcode|post code|zip|zip code|postal code|registered postcode|registered address postal code",
    "RegisteredAddressCountry": "country|registered country",
    "PostalAddress": "mailing address|correspondence address",
    "PostalAddressLine1": "postal address 1|mailing address line 1",
    "PostalAddressLine2": "postal address 2|mailing address line 2",
    "PostalAddressLine3": "postal address 3|mailing address line 3",
    "PostalAddressCity": "postal address town|postal town|postal city",
    "PostalAddressPostCode": "postal postcode|mailing postcode",
    "PostalAddressCountry": "postal country",
    "InvoiceAddress": "billing address",
    "InvoiceAddressLine1": "invoice address 1|billing address line 1",
    "InvoiceAddressLine2": "invoice address 2|billing address line 2",
    "InvoiceAddressLine3": "invoice address 3|billing address line 3",
    "InvoiceAddressCity": "invoice address town|billing town|billing city",
    "InvoiceAddressPostCode": "invoice postcode|billing postcode",
    "InvoiceAddressCountry": "billing country",
    "ContactName": "main contact|contact|primary contact",
    "ContactTitle": "title|salutation",
    "ContactFirstName": "first name|forename|given name|contact forename",
    "ContactMiddleName": "middle name|middle names",
    "ContactLastName": "last name|surname|family name|contact surname",
    "ContactEmail": "main contact email|contact email address",
    "ContactPhone": "main contact phone|contact telephone",
    "ContactMobile": "mobile|mobile phone|mobile number|mobile no|cell|cell phone",
    "ContactDateOfBirth": "date of birth|dob|birth date",
    "ContactNationality": "nationality",
    "ContactMaritalStatus": "marital status",
    "PersonalCode": "companies house personal code|ch personal code",
    "ContactRelationships": "relationships|relationship|contact roles",
}


def fold(header: str) -> str:
    """Return ``header`` without case, spacing and punctuation."""
    return re.sub(r"[\W_]+", "", header).casefold()


def _headers() -> dict[str, str]:
    named = {fold(field.name): field.name for field in FIELDS}
    known = {
        fold(synonym): field for field, synonyms in _SYNONYMS.items() for synonym in synonyms.split("|")
    }
    return {**known, **named}


_FIELD_BY_HEADER = _headers()

if unknown := _SYNONYMS.keys() - BY_NAME.keys():
    raise LookupError(f"synonyms for fields that are not in the catalogue: {sorted(unknown)}")


def field_of_header(header: str) -> str | None:
    """Return the name of the field that ``header`` certainly names, or None."""
    return _FIELD_BY_HEADER.get(fold(header))


def known_headers() -> dict[str, str]:
    """Return every folded header that is known, with its field's name."""
    return dict(_FIELD_BY_HEADER)
