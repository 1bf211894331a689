-- What is in braces is filled in by run.py, once for each column.

-- All as text, numbered as a spreadsheet does.
CREATE OR REPLACE TEMP TABLE raw AS
SELECT row_number() OVER () + 1 AS row, * FROM read_csv($path, all_varchar = true, header = true);

-- Each row in its normal form, the client of the same code, and what is wrong with each cell.
CREATE OR REPLACE TEMP TABLE checked AS
WITH cleaned AS (SELECT row, {cleaned} FROM raw)
SELECT s.*, lower(s.code) AS key, c.rowid AS client,
    c.code IS NOT NULL AND NOT ({merged}) IS DISTINCT FROM ({stored}) AS unchanged,
    {faults}
FROM cleaned s LEFT JOIN clients c ON lower(c.code) = lower(s.code);

CREATE OR REPLACE TEMP VIEW valid AS
SELECT * EXCLUDE ({fault_names}) FROM checked WHERE coalesce({fault_names}) IS NULL;

-- The same code twice in the file.
CREATE OR REPLACE TEMP TABLE twice AS
WITH keys AS (SELECT key FROM valid GROUP BY key HAVING count(*) > 1)
SELECT key, min(row) AS first_row, count(DISTINCT ({columns})) AS contents, string_agg(row, ', ' ORDER BY row) AS rows
FROM valid SEMI JOIN keys USING (key)
GROUP BY key;

CREATE OR REPLACE TEMP TABLE accepted AS
SELECT v.* FROM valid v LEFT JOIN twice t USING (key)
WHERE t.key IS NULL OR (t.contents = 1 AND v.row = t.first_row)
ORDER BY client;  -- updates in any other order than the table's take minutes, not seconds

-- Rows that are not imported: why, and in words.
CREATE OR REPLACE TEMP TABLE not_imported AS
SELECT row, 'error' AS outcome, concat_ws(';', {fault_names}) AS reason, concat_ws(' ', {messages}) AS message
FROM checked JOIN raw USING (row)
WHERE coalesce({fault_names}) IS NOT NULL
UNION ALL
SELECT row, 'error', 'duplicate_in_file', 'Rows ' || rows || ' have this code and different content.'
FROM valid JOIN twice USING (key) WHERE contents > 1
UNION ALL
SELECT row, 'skipped', 'duplicate_of_row', 'The same as row ' || first_row || ', which was used.'
FROM valid JOIN twice USING (key) WHERE contents = 1 AND row > first_row
UNION ALL
SELECT row, 'skipped', 'unchanged', 'The client is already as this row says.'
FROM accepted WHERE unchanged;

MERGE INTO clients c USING accepted s ON lower(c.code) = s.key
WHEN MATCHED AND NOT s.unchanged THEN UPDATE SET
    {assignments}, updated_at = $now, updated_by_job = $job
WHEN NOT MATCHED THEN INSERT ({columns}, created_at, updated_at, created_by_job, updated_by_job)
    VALUES ({created}, $now, $now, $job, $job);

INSERT INTO import_jobs
SELECT $job, $path, $now, now()::TIMESTAMP,
    (SELECT count(*) FROM raw),
    (SELECT count(*) FROM clients WHERE created_by_job = $job),
    (SELECT count(*) FROM clients WHERE updated_by_job = $job AND created_by_job <> $job),
    (SELECT count(*) FROM not_imported WHERE outcome = 'skipped'),
    (SELECT count(*) FROM not_imported WHERE outcome = 'error');

COPY (
    SELECT {headers}, row AS import_row, outcome AS import_outcome, reason AS import_reason, message AS import_message
    FROM raw JOIN not_imported USING (row) ORDER BY row
) TO '{not_imported}' (HEADER);
