CREATE TEMP MACRO client_type(cell) AS CASE lower(cell)
    WHEN 'ltd' THEN 'PrivateLimitedCompany'
    WHEN 'limited' THEN 'PrivateLimitedCompany'
    WHEN 'limited company' THEN 'PrivateLimitedCompany'
    WHEN 'plc' THEN 'PublicLimitedCompany'
    WHEN 'llp' THEN 'LimitedLiabilityPartnership'
    WHEN 'person' THEN 'Individual'
    WHEN 'sole trader' THEN 'SoleTrader'
    WHEN 'self employed' THEN 'SoleTrader'
    ELSE cell END;

CREATE TEMP MACRO international(number) AS CASE
    WHEN starts_with(number, '+440') THEN '+44' || number[5:]
    WHEN starts_with(number, '0') THEN '+44' || number[2:]
    ELSE number END;

CREATE TEMP MACRO year_first(day) AS day[7:] || '-' || day[4:5] || '-' || day[1:2];

CREATE TEMP MACRO post_code(letters) AS letters[:-4] || ' ' || letters[-3:];

CREATE TEMP MACRO vat_left_over(number) AS (
    number // 100000000 * 8 + number // 10000000 % 10 * 7 + number // 1000000 % 10 * 6 + number // 100000 % 10 * 5
    + number // 10000 % 10 * 4 + number // 1000 % 10 * 3 + number // 100 % 10 * 2 + number % 100) % 97;

CREATE TEMP MACRO utr_check_digit(number) AS '21987654321'[(
    number // 100000000 % 10 * 6 + number // 10000000 % 10 * 7 + number // 1000000 % 10 * 8
    + number // 100000 % 10 * 9 + number // 10000 % 10 * 10 + number // 1000 % 10 * 5
    + number // 100 % 10 * 4 + number // 10 % 10 * 3 + number % 10 * 2) % 11 + 1];
