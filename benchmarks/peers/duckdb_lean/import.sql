-- What is in braces is filled in by run.py.

-- The cells as they are stored, and what is wrong with each row; NULL when nothing is.
CREATE OR REPLACE TEMP TABLE source AS
WITH cleaned AS (
    SELECT
        nullif(trim(Code), '') AS code,
        replace(Name, '  ', ' ') AS name,
        client_type(Type) AS type,
        Status AS status,
        lower(Email) AS email,
        international(translate(Telephone, ' ()', '')) AS telephone,
        lpad(upper(CompanyNumber), 8, '0') AS company_number,
        ltrim(VatNumber, 'GB') AS vat_number,
        rtrim(Utr, 'K') AS utr,
        year_first(IncorporationDate) AS incorporation_date,
        post_code(upper(replace(RegisteredAddressPostCode, ' ', ''))) AS registered_address_post_code,
        ContactFirstName AS contact_first_name
    FROM read_csv($path, all_varchar = true, header = true)
)
SELECT *, lower(code) AS key, nullif(concat_ws(';',
    CASE WHEN code IS NULL OR name IS NULL OR type IS NULL THEN 'missing_required' END,
    CASE WHEN length(name) > 200 THEN 'too_long' END,
    CASE WHEN NOT type IN ('PrivateLimitedCompany', 'PublicLimitedCompany', 'LimitedLiabilityPartnership',
        'Partnership', 'Individual', 'SoleTrader', 'Trust', 'Charity')
        OR NOT status IN ('Active', 'Inactive', 'Prospect', 'LostProspect') THEN 'not_in_list' END,
    CASE WHEN NOT regexp_full_match(email, '[^@ ]+@[^@ ]+\.[a-z]+')
        OR NOT regexp_full_match(telephone, '\+44[1-9][0-9]{{9}}')
        OR NOT regexp_full_match(company_number, '[0-9]{{8}}|[A-Z]{{2}}[0-9]{{6}}')
        OR NOT regexp_full_match(vat_number, '[0-9]{{9}}')
        OR NOT regexp_full_match(utr, '[0-9]{{10}}')
        OR incorporation_date IS NOT NULL AND try_cast(incorporation_date AS DATE) IS NULL
        OR NOT regexp_full_match(registered_address_post_code, '[A-Z]{{1,2}}[0-9][A-Z0-9]? [0-9][A-Z]{{2}}')
        THEN 'bad_format' END,
    CASE WHEN length(vat_number) = 9 AND NOT vat_left_over(try_cast(vat_number AS BIGINT)) IN (0, 42)
        OR length(utr) = 10 AND utr_check_digit(try_cast(utr AS BIGINT)) <> utr[1] THEN 'bad_check_digit' END
    ), '') AS reason
FROM cleaned;

-- The codes that stand twice among rows without an error: the row that is used, or none of different content.
CREATE OR REPLACE TEMP TABLE twice AS
WITH keys AS (SELECT key FROM source WHERE reason IS NULL GROUP BY key HAVING count(*) > 1)
SELECT key, min(rowid) AS first, count(DISTINCT hash({columns})) > 1 AS differ
FROM (SELECT rowid, * FROM source WHERE reason IS NULL) SEMI JOIN keys USING (key) GROUP BY key;

UPDATE source SET reason = CASE WHEN differ THEN 'duplicate_in_file' ELSE 'duplicate_of_row' END
FROM twice WHERE source.key = twice.key AND reason IS NULL AND (differ OR source.rowid <> first);

MERGE INTO clients c
USING (
    SELECT s.*, c.rowid AS client FROM source s LEFT JOIN clients c ON c.code = s.code WHERE reason IS NULL
    ORDER BY client  -- updates in any other order than the table's take minutes, not seconds
) s ON c.rowid = s.client
WHEN MATCHED AND ({stored}) IS DISTINCT FROM ({given}) THEN UPDATE SET {assignments}
WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({given})
RETURNING merge_action;
