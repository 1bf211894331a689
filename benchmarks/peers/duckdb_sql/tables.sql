CREATE TABLE IF NOT EXISTS clients (
    {definitions},
    created_at TIMESTAMP, updated_at TIMESTAMP, created_by_job VARCHAR, updated_by_job VARCHAR
);
CREATE TABLE IF NOT EXISTS import_jobs (
    code VARCHAR, file_name VARCHAR, started_at TIMESTAMP, completed_at TIMESTAMP,
    total INTEGER, created INTEGER, updated INTEGER, skipped INTEGER, errors INTEGER
);
