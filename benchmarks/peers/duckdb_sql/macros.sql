-- clean_<kind>(cell) makes the normal form of a trimmed cell; fault_<kind>(value) says what is wrong with it, or NULL.

CREATE TEMP MACRO trimmed(cell) AS nullif(trim(cell, E' \t\r\n'), '');
CREATE TEMP MACRO bad_format(value, pattern) AS CASE WHEN NOT regexp_full_match(value, pattern) THEN 'bad_format' END;

CREATE TEMP MACRO clean_text(cell) AS cell;
CREATE TEMP MACRO fault_text(value) AS NULL;

CREATE TEMP MACRO clean_name(cell) AS regexp_replace(cell, '\s+', ' ', 'g');
CREATE TEMP MACRO fault_name(value) AS NULL;

CREATE TEMP MACRO clean_code(cell) AS cell;
CREATE TEMP MACRO fault_code(value) AS bad_format(value, '\S+');

CREATE TEMP MACRO clean_type(cell) AS CASE lower(cell)
    WHEN 'privatelimitedcompany' THEN 'PrivateLimitedCompany'
    WHEN 'private limited company' THEN 'PrivateLimitedCompany'
    WHEN 'ltd' THEN 'PrivateLimitedCompany'
    WHEN 'limited' THEN 'PrivateLimitedCompany'
    WHEN 'limited company' THEN 'PrivateLimitedCompany'
    WHEN 'publiclimitedcompany' THEN 'PublicLimitedCompany'
    WHEN 'public limited company' THEN 'PublicLimitedCompany'
    WHEN 'plc' THEN 'PublicLimitedCompany'
    WHEN 'limitedliabilitypartnership' THEN 'LimitedLiabilityPartnership'
    WHEN 'limited liability partnership' THEN 'LimitedLiabilityPartnership'
    WHEN 'llp' THEN 'LimitedLiabilityPartnership'
    WHEN 'partnership' THEN 'Partnership'
    WHEN 'individual' THEN 'Individual'
    WHEN 'person' THEN 'Individual'
    WHEN 'trust' THEN 'Trust'
    WHEN 'charity' THEN 'Charity'
    WHEN 'soletrader' THEN 'SoleTrader'
    WHEN 'sole trader' THEN 'SoleTrader'
    WHEN 'self employed' THEN 'SoleTrader'
    ELSE cell END;
CREATE TEMP MACRO fault_type(value) AS CASE WHEN value NOT IN (
    'PrivateLimitedCompany', 'PublicLimitedCompany', 'LimitedLiabilityPartnership', 'Partnership', 'Individual',
    'Trust', 'Charity', 'SoleTrader') THEN 'not_in_list' END;

CREATE TEMP MACRO clean_status(cell) AS CASE lower(cell)
    WHEN 'active' THEN 'Active'
    WHEN 'inactive' THEN 'Inactive'
    WHEN 'prospect' THEN 'Prospect'
    WHEN 'lostprospect' THEN 'LostProspect'
    WHEN 'lost prospect' THEN 'LostProspect'
    ELSE cell END;
CREATE TEMP MACRO fault_status(value) AS
    CASE WHEN value NOT IN ('Active', 'Inactive', 'Prospect', 'LostProspect') THEN 'not_in_list' END;

CREATE TEMP MACRO clean_yes_no(cell) AS CASE
    WHEN lower(cell) IN ('yes', 'y', 'true', '1') THEN 'Yes'
    WHEN lower(cell) IN ('no', 'n', 'false', '0') THEN 'No'
    ELSE cell END;
CREATE TEMP MACRO fault_yes_no(value) AS CASE WHEN value NOT IN ('Yes', 'No') THEN 'bad_format' END;

CREATE TEMP MACRO clean_email(cell) AS
    CASE WHEN contains(cell, '@') THEN split_part(cell, '@', 1) || '@' || lower(split_part(cell, '@', 2)) ELSE cell END;
CREATE TEMP MACRO fault_email(value) AS
    bad_format(value, '[A-Za-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}');

CREATE TEMP MACRO clean_phone(cell) AS
    regexp_replace(regexp_replace(cell, '[ ().-]', '', 'g'), '^(\+440?|00440?|0)', '+44');
CREATE TEMP MACRO fault_phone(value) AS CASE
    WHEN value LIKE '+44%' THEN bad_format(value, '\+44[1-9][0-9]{9}')
    ELSE bad_format(value, '\+[1-9][0-9]{6,14}') END;

CREATE TEMP MACRO clean_company_number(cell) AS
    CASE WHEN length(cell) < 8 AND regexp_full_match(cell, '[0-9]+') THEN lpad(cell, 8, '0') ELSE upper(cell) END;
CREATE TEMP MACRO fault_company_number(value) AS bad_format(value, '[0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}');

CREATE TEMP MACRO clean_vat(cell) AS regexp_replace(upper(replace(cell, ' ', '')), '^GB', '');
CREATE TEMP MACRO vat_left_over(number) AS (
    number // 100000000 * 8 + number // 10000000 % 10 * 7 + number // 1000000 % 10 * 6 + number // 100000 % 10 * 5
    + number // 10000 % 10 * 4 + number // 1000 % 10 * 3 + number // 100 % 10 * 2 + number % 100) % 97;
CREATE TEMP MACRO fault_vat(value) AS CASE
    WHEN NOT regexp_full_match(value, '[0-9]{9}([0-9]{3})?') THEN 'bad_format'
    WHEN vat_left_over(try_cast(left(value, 9) AS BIGINT)) NOT IN (0, 42) THEN 'bad_check_digit' END;

CREATE TEMP MACRO clean_utr(cell) AS regexp_replace(upper(replace(cell, ' ', '')), 'K$', '');
CREATE TEMP MACRO utr_check_digit(number) AS '21987654321'[(
    number // 100000000 % 10 * 6 + number // 10000000 % 10 * 7 + number // 1000000 % 10 * 8
    + number // 100000 % 10 * 9 + number // 10000 % 10 * 10 + number // 1000 % 10 * 5
    + number // 100 % 10 * 4 + number // 10 % 10 * 3 + number % 10 * 2) % 11 + 1];
CREATE TEMP MACRO fault_utr(value) AS CASE
    WHEN NOT regexp_full_match(value, '[0-9]{10}') THEN 'bad_format'
    WHEN utr_check_digit(try_cast(value AS BIGINT)) <> value[1] THEN 'bad_check_digit' END;

CREATE TEMP MACRO clean_date(cell) AS coalesce(
    strftime(try_strptime(cell, ['%d/%m/%Y', '%Y-%m-%d', '%d-%m-%Y', '%d %b %Y']), '%Y-%m-%d'), cell);
CREATE TEMP MACRO fault_date(value) AS CASE WHEN try_cast(value AS DATE) IS NULL AND value IS NOT NULL THEN 'bad_format' END;

CREATE TEMP MACRO clean_post_code(cell) AS
    regexp_replace(upper(replace(cell, ' ', '')), '^(.+)(...)$', '\1 \2');
CREATE TEMP MACRO fault_post_code(value) AS bad_format(value, '[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}');

CREATE TEMP MACRO clean_url(cell) AS CASE WHEN contains(cell, '://') THEN cell ELSE 'https://' || cell END;
CREATE TEMP MACRO fault_url(value) AS bad_format(value, 'https?://[^\s/.]+(\.[^\s/.]+)+(/\S*)?');
