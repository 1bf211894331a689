"""Headers alone: the exports of the programs that clients come from, and what a header may have beside its words.

The layouts of Companies House, Xero, QuickBooks, FreeAgent, Sage and onkho are those that their makers document.
Practice programs let their users choose the columns; here they are with the labels that these have on their screens.
"""

from __future__ import annotations

import pytest

from client_import.fields.catalogue import FIELDS
from client_import.fields.headers import SYNONYMS_CSV, field_of_header
from tests.support.mapping import offered, used

LAYOUTS = {
    "Companies House BasicCompanyData": """
        CompanyName=Name| CompanyNumber=CompanyNumber|RegAddress.CareOf|RegAddress.POBox
        RegAddress.AddressLine1=RegisteredAddressLine1| RegAddress.AddressLine2=RegisteredAddressLine2
        RegAddress.PostTown=RegisteredAddressCity|RegAddress.County|RegAddress.Country=RegisteredAddressCountry
        RegAddress.PostCode=RegisteredAddressPostCode|CompanyCategory=Type|CompanyStatus|CountryOfOrigin
        DissolutionDate|IncorporationDate=IncorporationDate|Accounts.AccountRefDay|Accounts.AccountRefMonth
        Accounts.NextDueDate|Accounts.LastMadeUpDate|Accounts.AccountCategory|Returns.NextDueDate
        Returns.LastMadeUpDate|Mortgages.NumMortCharges|Mortgages.NumMortOutstanding|Mortgages.NumMortPartSatisfied
        Mortgages.NumMortSatisfied|SICCode.SicText_1=NatureOfBusiness|SICCode.SicText_2|SICCode.SicText_3
        SICCode.SicText_4|LimitedPartnerships.NumGenPartners|LimitedPartnerships.NumLimPartners|URI
        PreviousName_1.CONDATE| PreviousName_1.CompanyName|PreviousName_10.CONDATE| PreviousName_10.CompanyName
        ConfStmtNextDueDate| ConfStmtLastMadeUpDate
    """,
    "Xero contacts": """
        *ContactName=Name|AccountNumber=Code|EmailAddress=Email|FirstName=ContactFirstName|LastName=ContactLastName
        POAttentionTo|POAddressLine1=PostalAddressLine1|POAddressLine2=PostalAddressLine2
        POAddressLine3=PostalAddressLine3|POAddressLine4|POCity=PostalAddressCity|PORegion
        POPostalCode=PostalAddressPostCode|POCountry=PostalAddressCountry|SAAttentionTo
        SAAddressLine1=RegisteredAddressLine1|SAAddressLine2=RegisteredAddressLine2
        SAAddressLine3=RegisteredAddressLine3|SAAddressLine4|SACity=RegisteredAddressCity|SARegion
        SAPostalCode=RegisteredAddressPostCode|SACountry=RegisteredAddressCountry|PhoneNumber=Telephone|FaxNumber
        MobileNumber=ContactMobile|DDINumber|SkypeName|BankAccountName|BankAccountNumber|BankAccountParticulars
        TaxNumber=VatNumber|AccountsReceivableTaxCodeName|AccountsPayableTaxCodeName|Website=Website|LegalName
        Discount|CompanyNumber=CompanyNumber|DueDateBillDay|DueDateBillTerm|BrandingTheme|Person1FirstName
        Person1LastName|Person1Email|Person1IncludeInEmail
    """,
    "QuickBooks Online customers": """
        Customer=Name|Company|Email=Email|Phone=Telephone|Mobile=ContactMobile|Fax|Website=Website
        Billing Street=InvoiceAddressLine1|Billing City=InvoiceAddressCity|Billing State
        Billing ZIP=InvoiceAddressPostCode|Billing Country=InvoiceAddressCountry|Shipping Street|Shipping City
        Shipping ZIP|Open balance|Notes
    """,
    "FreeAgent contacts": """
        Organisation=Name|First Name=ContactFirstName|Last Name=ContactLastName|Email=Email|Billing Email
        Telephone=Telephone|Mobile=ContactMobile|Address 1=RegisteredAddressLine1|Address 2=RegisteredAddressLine2
        Address 3=RegisteredAddressLine3|Town=RegisteredAddressCity|Region|Postcode=RegisteredAddressPostCode
        Country=RegisteredAddressCountry|Sales Tax Registration Number=VatNumber
    """,
    "FreeAgent import": """
        First Name=ContactFirstName|Last Name=ContactLastName|Company=Name|E-mail Address=Email|E-mail 2 Address
        Business Street=RegisteredAddressLine1|Business Street 2=RegisteredAddressLine2
        Business Street 3=RegisteredAddressLine3|Business City=RegisteredAddressCity|Business State
        Business Postal Code=RegisteredAddressPostCode|Business Country/Region=RegisteredAddressCountry
        Business Phone=Telephone|Mobile Phone=ContactMobile
    """,
    "Sage contacts": """
        Reference=InternalReference|Company Name=Name|Currency|Credit Limit
        Main Address Line 1=RegisteredAddressLine1|Main Address Line 2=RegisteredAddressLine2
        Main Address Town=RegisteredAddressCity|Main Address County|Main Address Post Code=RegisteredAddressPostCode
        Main Address Country=RegisteredAddressCountry|Main Contact Name=ContactName|Main Contact Phone=ContactPhone
        Main Contact Mobile=ContactMobile|Main Contact Email=ContactEmail|VAT Number=VatNumber
    """,
    "onkho": """
        UID|Type=Type|YourRef=InternalReference|FirstName=ContactFirstName|LastName=ContactLastName
        DateOfBirth=ContactDateOfBirth|CompanyName=Name|CompanyNumber=CompanyNumber
    """,
    "BrightManager, AccountancyManager": """
        Staff User Responsible=Manager|Client Code=Code|Client Name=Name|Client Type=Type|Client Status=Status
        Company Number=CompanyNumber|Authentication Code=CompaniesHouseAuthenticationCode
        Company UTR Number=CompanyUtr|Registered Address=RegisteredAddress|Main Contact First Name=ContactFirstName
        Main Contact Last Name=ContactLastName|Main Contact Email=ContactEmail|Main Contact Phone=ContactPhone
        Main Contact Date of Birth=ContactDateOfBirth|VAT Number=VatNumber|VAT Frequency=VatReportingPeriod
        Accounts Office Reference=AccountsOfficeRef|PAYE Reference=PayeRef
    """,
    "IRIS": """
        Client ID=Code|Client Name=Name|Client Type=Type|Partner=Partner|Manager=Manager|Forename=ContactFirstName
        Surname=ContactLastName|Title=ContactTitle|Tax Reference (UTR)=Utr|NI Number=NiNumber
        PAYE Reference=PayeRef|Accounts Office Reference=AccountsOfficeRef|VAT Registration Number=VatNumber
        Registered for VAT=VatRegistered|Company Registration Number=CompanyNumber
        Address Line 1=RegisteredAddressLine1|Town=RegisteredAddressCity|County|Postcode=RegisteredAddressPostCode
    """,
    "CCH, Wolters Kluwer": """
        Client Code=Code|Client Name=Name|Entity Type=Type|Client Partner=Partner|Client Manager=Manager
        Office|Registered Number=CompanyNumber|Corporation Tax Reference=CompanyUtr|VAT Registration No.=VatNumber
        Email Address=Email|Telephone Number=Telephone|Web Address=Website
    """,
    "TaxCalc": """
        Client code=Code|Client name=Name|Client type=Type|Title=ContactTitle|First name=ContactFirstName
        Surname=ContactLastName|Date of birth=ContactDateOfBirth|National Insurance number=NiNumber
        Unique Taxpayer Reference=Utr|Company registration number=CompanyNumber
        Date of incorporation=IncorporationDate|Email address=Email|Mobile telephone=ContactMobile
    """,
    "Senta": """
        Client name=Name|Client type=Type|Client reference=Code|Company registration number=CompanyNumber
        Registered office address line 1=RegisteredAddressLine1|Registered office postcode=RegisteredAddressPostCode
        Client manager=Manager|Client partner=Partner|Trading name=TradingAs|SA UTR=SelfAssessmentUtr
        Corporation tax UTR=CompanyUtr|VAT scheme=VatScheme|VAT stagger=VatReportingPeriod
    """,
    "Capium": """
        Client ID=Code|Client Type=Type|Company Name=Name|Comp Registration Number=CompanyNumber
        UTR Number=Utr|VAT Registration Number=VatNumber|VAT Type=VatScheme|PAYE Ref No.=PayeRef
        Account Office Ref Number=AccountsOfficeRef|Phone Number=Telephone|Business Start Date
    """,
    "Digita, ONESOURCE": """
        Client Reference=Code|Client Name=Name|Legal Entity Type=Type|Tax Reference=Utr|NI No=NiNumber
        Partner in Charge=Partner|Manager in Charge=Manager|Main Address=RegisteredAddressLine1
        City=RegisteredAddressCity|Post Code=RegisteredAddressPostCode|Marital Status=ContactMaritalStatus
    """,
    "BTCSoftware": """
        Client Ref=Code|Client=Name|Forenames=ContactFirstName|Surname=ContactLastName|DOB=ContactDateOfBirth
        NINO=NiNumber|UTR=Utr|Employer PAYE Reference=PayeRef|Company Reg No=CompanyNumber
    """,
    "Sage Practice": """
        Client Reference=Code|Company Name=Name|Business Type=Type|Company Registration=CompanyNumber
        VAT Registration Number=VatNumber|Company Tax Reference=CompanyUtr|Nature of Business=NatureOfBusiness
        Telephone=Telephone|Mobile=ContactMobile|E-mail=Email|Website=Website
    """,
    "Karbon": """
        Name=Name|Client Owner=Partner|Client Manager=Manager|Entity Type=Type|Registration Number=CompanyNumber
        Trading Name=TradingAs|Primary Email=Email|Primary Phone=Telephone|Address=RegisteredAddressLine1
        City=RegisteredAddressCity|State|Zip=RegisteredAddressPostCode|Country=RegisteredAddressCountry
    """,
    "Pixie": """
        Client name=Name|Client type=Type|Internal reference=InternalReference|Client manager=Manager
        Company number=CompanyNumber|Incorporation date=IncorporationDate|Primary contact name=ContactName
        Primary contact email=ContactEmail|Primary contact phone=ContactPhone
    """,
    "Xero Practice Manager": """
        Client Name=Name|Client Code=Code|Email=Email|Phone=Telephone|Business Structure=Type
        Account Manager=Manager|Job Manager|Partner=Partner|Company Number=CompanyNumber|Tax Number=VatNumber
        Postal Address=PostalAddress|Postal City=PostalAddressCity|Postal Post Code=PostalAddressPostCode
        Title=ContactTitle|First Name=ContactFirstName|Last Name=ContactLastName|Date of Birth=ContactDateOfBirth
    """,
    "Google Contacts": """
        First Name=ContactFirstName|Middle Name=ContactMiddleName|Last Name=ContactLastName|Name Suffix|Nickname|File As
        Organization Name=Name|Organization Title|Organization Department|Birthday=ContactDateOfBirth|Notes|Photo|Labels
        E-mail 1 - Label|E-mail 1 - Value=Email|E-mail 2 - Label|E-mail 2 - Value|Phone 1 - Label
        Phone 1 - Value=Telephone|Phone 2 - Label|Phone 2 - Value|Address 1 - Label
        Address 1 - Street=RegisteredAddressLine1|Address 1 - Extended Address=RegisteredAddressLine2
        Address 1 - City=RegisteredAddressCity|Address 1 - Region|Address 1 - Postal Code=RegisteredAddressPostCode
        Address 1 - Country=RegisteredAddressCountry|Address 1 - PO Box|Website 1 - Label|Website 1 - Value=Website
    """,
    "Outlook contacts": """
        Title=ContactTitle|First Name=ContactFirstName|Middle Name=ContactMiddleName|Last Name=ContactLastName|Suffix
        Company=Name|Department|Job Title|Business Street=RegisteredAddressLine1
        Business Street 2=RegisteredAddressLine2|Business Street 3=RegisteredAddressLine3
        Business City=RegisteredAddressCity|Business State|Business Postal Code=RegisteredAddressPostCode
        Business Country/Region=RegisteredAddressCountry|Home Street|Home City|Home Postal Code
        Other Street|Business Fax
        Business Phone=Telephone|Business Phone 2|Home Phone=ContactPhone|Mobile Phone=ContactMobile|Anniversary
        Birthday=ContactDateOfBirth|Categories|E-mail Address=Email|E-mail Type|E-mail Display Name|E-mail 2 Address
        Web Page=Website
    """,
    "QuickBooks Accountant": """
        Display name=Name|Client type=Type|Email=Email|Phone number=Telephone|Mobile number=ContactMobile
        Street address=RegisteredAddressLine1|City/Town=RegisteredAddressCity|Postcode=RegisteredAddressPostCode
        Country=RegisteredAddressCountry|Website=Website
    """,
}


def layout(text: str) -> dict[str, str | None]:
    """Header to the field it is mapped to, None for no field."""
    pairs = (pair.partition("=") for line in text.strip().splitlines() for pair in line.strip("\n").split("|"))
    return {header.strip(): field.strip() or None for header, _, field in pairs}


@pytest.mark.parametrize("name", LAYOUTS)
def test_export_is_mapped(name: str) -> None:
    expected = layout(LAYOUTS[name])
    assert used(dict.fromkeys(expected, ())) == {header: field for header, field in expected.items() if field}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Client name *", "Name"),
        ("* Client Code", "Code"),
        ("E-mail (main)", "Email"),
        ("E-mail [required]", "Email"),
        ("Tel. no. 1", "Telephone"),
        ("Telephone (UK)", "Telephone"),
        ("DOB (dd/mm/yyyy)", "ContactDateOfBirth"),
        ("UTR (10 digits)", "Utr"),
        ("VAT No. (if any):", "VatNumber"),
        ("Phone (mobile)", "ContactMobile"),
        ("Address (line 1)", "RegisteredAddressLine1"),
        ("CLIENT_CODE", "Code"),
        ("Address Town", "RegisteredAddressCity"),
    ],
)
def test_notes_and_marks_around_a_header_do_not_count(header: str, field: str) -> None:
    assert field_of_header(header) == field


@pytest.mark.parametrize(
    "header",
    [
        "Email (2)",
        "Telephone (work)",
        "Email (spouse)",
        "Name (previous)",
        "Company number (parent)",
        "Tel 2",
        "(main)",
    ],
)
def test_note_that_tells_a_column_from_another_counts(header: str) -> None:
    assert field_of_header(header) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (("Client", "Name"), {"Name": "Name"}),
        (("Client", "Client Name"), {"Client Name": "Name"}),
        (("Name", "ContactName", "AccountNumber"), {"Name": "Name", "ContactName": "ContactName"}),
        (("Company Name", "Trading Name"), {"Company Name": "Name", "Trading Name": "TradingAs"}),
        (("Name", "Address"), {"Name": "Name", "Address": "RegisteredAddress"}),
        (("Address", "Town"), {"Address": "RegisteredAddressLine1", "Town": "RegisteredAddressCity"}),
    ],
)
def test_closest_header_gets_the_field(headers: tuple[str, ...], expected: dict[str, str]) -> None:
    assert used(dict.fromkeys(headers, ())) == expected
    assert used(dict.fromkeys(reversed(headers), ())) == expected


def test_of_two_synonyms_the_one_with_cells_gets_the_field() -> None:
    assert used({"Client name": [], "Company name": ["Acme"]}) == {"Company name": "Name"}
    assert used({"Name": [], "Company name": ["Acme"]}) == {"Name": "Name"}


@pytest.mark.parametrize("header", ["Sort code", "Bank account number", "Notes", "VAT deregistration date"])
def test_header_that_is_of_no_field_is_not_even_offered(header: str) -> None:
    assert field_of_header(header) is None
    cells = ["01234567", "09876543", "SC123456", "12345678"]
    assert used({header: cells}) == offered({header: cells}) == {}


def test_every_field_has_its_line_of_synonyms_at_most_and_all_name_a_field() -> None:
    names = [line.partition(",")[0] for line in SYNONYMS_CSV.read_text("utf-8").splitlines()[1:]]
    assert set(names) - {""} <= {field.name for field in FIELDS}


def test_every_field_is_named_by_its_own_name() -> None:
    assert [field_of_header(field.name) for field in FIELDS] == [field.name for field in FIELDS]
