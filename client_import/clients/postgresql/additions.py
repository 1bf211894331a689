"""What other programs have added to the table ``clients`` in PostgreSQL: triggers, and tables that refer to it."""

from __future__ import annotations

HAS_TRIGGER = """
SELECT 1 FROM pg_trigger
WHERE NOT tgisinternal AND (
    tgrelid = to_regclass('clients') OR tgrelid IN (SELECT relid FROM pg_partition_tree(to_regclass('clients')))
)
LIMIT 1
"""
"""One row if there is a trigger on the table or on one of its partitions."""

REFERRING = """
SELECT k.conrelid::regclass::text, k.confdeltype = 'c',
    has_table_privilege(k.conrelid, 'SELECT') AND has_schema_privilege(t.relnamespace, 'USAGE')
        AND NOT row_security_active(k.conrelid),
    string_agg(format('r.%I = c.%I', theirs.attname, ours.attname), ' AND ')
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
CROSS JOIN unnest(k.conkey, k.confkey) AS pair (their_number, our_number)
JOIN pg_attribute theirs ON theirs.attrelid = k.conrelid AND theirs.attnum = their_number
JOIN pg_attribute ours ON ours.attrelid = k.confrelid AND ours.attnum = our_number
WHERE k.contype = 'f' AND k.confrelid = to_regclass('clients') AND k.confdeltype IN ('c', 'n', 'd')
    AND k.conparentid = 0
GROUP BY k.oid, k.conrelid, k.confdeltype, t.relnamespace
ORDER BY 1
"""
"""Each table whose rows change when the client is removed to which they refer: its name, whether they are removed, too,
whether this user may read it, and the condition that joins it, as ``r``, to ``clients c``."""
