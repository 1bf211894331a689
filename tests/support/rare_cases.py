"""Imports that random files seldom hit, each named for the rule that it holds the program to."""

from tests.support.model_data import Options
from tests.support.strategies import Case, Upload

NAMED = ("Code", "Name", "Type", "TradingAs")
TAXED = ("Code", "Name", "Type", "Utr")
EARLIER = Upload.plain(NAMED, ("A1", "Ann Lee", "Individual", "NULL"), ("B2", "Bob", "Ltd", "Two  Spaces"))
EARLIER_UTRS = Upload.plain(TAXED, ("A1", "Ann Lee", "Individual", "1955839661"), ("B2", "Bob", "Ltd", "9000000001"))


def after(earlier: Upload, upload: Upload, **options: str) -> Case:
    return Case(earlier, Options(match_on="Code"), upload, Options(**options))


RARE_CASES = {
    "blank_and_not_available_are_one_content_when_blanks_clear": after(
        EARLIER, Upload.plain(("Code", "TradingAs"), ("A1", ""), ("A1", "#N/A")), blank="clear"
    ),
    "blank_and_not_available_differ_when_blanks_keep": after(
        EARLIER, Upload.plain(("Code", "TradingAs"), ("A1", ""), ("A1", "#N/A"))
    ),
    "not_available_name_is_as_blank_as_a_blank_one": after(
        EARLIER, Upload.plain(("Code", "Name"), ("A1", "#N/A"), ("A1", "")), blank="clear"
    ),
    "emptied_utr_empties_the_one_it_went_to": after(
        EARLIER_UTRS, Upload.plain(("Code", "Utr"), ("A1", "#N/A"), ("B2", "#N/A"))
    ),
    "blank_utr_clears_the_one_it_went_to": after(
        EARLIER_UTRS, Upload.plain(("Code", "Utr"), ("A1", ""), ("B2", " ")), blank="clear"
    ),
    "blank_utr_is_kept": after(EARLIER_UTRS, Upload.plain(("Code", "Utr"), ("A1", ""), ("B2", "#N/A"))),
    "explicit_blank_column_shields_its_utr": after(
        EARLIER_UTRS, Upload.plain(("Code", "Utr", "CompanyUtr"), ("B2", "2234567890", ""))
    ),
    "utr_follows_the_new_type": after(
        EARLIER_UTRS, Upload.plain(("Code", "Type", "Utr"), ("A1", "PLC", "2234567890"), ("B2", "Trust", "#N/A"))
    ),
    "generated_codes_pass_over_table_and_file_whatever_the_case": after(
        Upload.plain(NAMED, ("c000002", "Ann Lee", "Individual", "")),
        Upload.plain(("Name", "Code", "Type"), ("Bob", "", "PLC"), ("007", "c000001", "PLC"), ("Zo\u00e9", "", "PLC")),
        match_on="Name",
    ),
    "rejected_code_is_free_to_be_generated": after(
        Upload.plain(NAMED, ("A1", "Ann Lee", "Individual", "")),
        Upload.plain(
            ("Name", "Code", "Type"), ("007", "C000001", "PLC"), ("Zo\u00e9", "c000001", "PLC"), ("Bob", "", "PLC")
        ),
        match_on="Name",
    ),
    "code_differing_in_case_is_a_change_and_no_mismatch": after(
        EARLIER, Upload.plain(("Name", "Code"), ("Ann Lee", "a1")), match_on="Name"
    ),
    "exactly_the_share_of_errors_is_allowed": after(
        EARLIER,
        Upload.plain(("Code", "Type"), ("A1", "Zorp"), ("", ""), ("B2", "PLC")),
        max_errors="50%",
    ),
    "last_row_of_numbers_below_a_blank_one_is_a_client": Case(
        Upload.plain(("Code", "Name", "CompanyNumber"), ("A1", "Ann Lee", "01234567")),
        Options(match_on="Code", default_type="Individual"),
        Upload.plain(
            ("Code", "Utr", "CompanyNumber", "CompanyUtr"), (" ", " "), ("", "9000000001", "01234567", "1955839661")
        ),
        Options(match_on="CompanyNumber"),
    ),
    "no_data_rows": after(EARLIER, Upload.plain(("Code", "Type"), ("", " "), ("",)), max_errors="0"),
    "rejected_row_revived_by_the_client_of_another": after(
        EARLIER,
        Upload.plain(("Name", "Type", "TradingAs"), ("007", "", "NULL"), ("007", "Ltd", "Two  Spaces")),
        match_on="Name",
        duplicates="first",
    ),
    "all_errors_of_a_row_with_too_many_cells": after(
        EARLIER, Upload.plain(("Name", "Code", "Type"), ("007", "B2", "Zorp", "", "x")), match_on="Name"
    ),
}
