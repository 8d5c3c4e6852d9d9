"""Statistics, counted from the messages that are there."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

_SUMS = ("messages", "parts", "credits", "refunded", "delivered", "failed", "not_billed")
_COULD_GO = """
    CASE WHEN COALESCE(held_until_us, 0) > created_at_us AND COALESCE(held_until_us, 0) >= COALESCE(deferred_until_us, 0)
         THEN held_until_us
         WHEN COALESCE(deferred_until_us, 0) > created_at_us THEN deferred_until_us ELSE created_at_us END
"""
_BUCKETS = " ".join(f"WHEN took_us < {round(1_000_000 * 2 ** (step / 2))} THEN {step}" for step in range(41))
_SLOT = "account_id, user_id, slot_minutes, start_us"
_IN_SLOT = """
    account_id, CASE WHEN whole = 1 THEN -1 ELSE COALESCE(user_id, 0) END AS sender, slot_minutes,
    created_at_us - created_at_us % length_us AS began_us
"""
_MESSAGES = """
    messages CROSS JOIN (SELECT 0 AS whole UNION ALL SELECT 1) counted_for CROSS JOIN
    (SELECT 15 AS slot_minutes, 900000000 AS length_us UNION ALL SELECT 1440, 86400000000) slots
"""

COUNT_SUMS = f"""
    INSERT INTO message_sums ({_SLOT}, {", ".join(_SUMS)})
    SELECT account_id, sender, slot_minutes, began_us, {", ".join(f"CAST(SUM({name}) AS BIGINT)" for name in _SUMS)}
    FROM (
        SELECT {_IN_SLOT}, 1 AS messages, parts, credits,
               CASE WHEN status = 16 THEN credits ELSE 0 END AS refunded,
               CASE WHEN status = 1 THEN 1 ELSE 0 END AS delivered,
               CASE WHEN status = 2 THEN 1 ELSE 0 END AS failed,
               CASE WHEN status = 16 THEN 1 ELSE 0 END AS not_billed
        FROM {_MESSAGES}
    ) counted GROUP BY account_id, sender, slot_minutes, began_us
"""
COUNT_OUTCOMES = f"""
    INSERT INTO message_outcomes ({_SLOT}, ptt, time_bucket, messages)
    SELECT account_id, sender, slot_minutes, began_us, code, time_bucket, COUNT(*) FROM (
        SELECT account_id, sender, slot_minutes, began_us, code,
               CASE WHEN status <> 1 THEN -1 {_BUCKETS} ELSE 41 END AS time_bucket
        FROM (
            SELECT {_IN_SLOT}, COALESCE(ptt, -1) AS code, status, status_changed_at_us - ({_COULD_GO}) AS took_us
            FROM {_MESSAGES} WHERE status = 1 OR (status IN (2, 16) AND ptt IS NOT NULL)
        ) ended
    ) counted GROUP BY account_id, sender, slot_minutes, began_us, code, time_bucket
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0003_audit_log')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MessageOutcomes',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account_id', fields.BigIntField()),
                ('user_id', fields.BigIntField()),
                ('slot_minutes', fields.SmallIntField()),
                ('start_us', fields.BigIntField()),
                ('ptt', fields.IntField()),
                ('time_bucket', fields.SmallIntField()),
                ('messages', fields.BigIntField()),
            ],
            options={'table': 'message_outcomes', 'app': 'models', 'constraints': [UniqueConstraint(fields=('account_id', 'user_id', 'slot_minutes', 'start_us', 'ptt', 'time_bucket'), name='message_outcomes_unique')], 'pk_attr': 'id', 'table_description': 'How many messages accepted in one slot ended with the same ptt code after about the same time.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='MessageSums',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account_id', fields.BigIntField()),
                ('user_id', fields.BigIntField()),
                ('slot_minutes', fields.SmallIntField()),
                ('start_us', fields.BigIntField()),
                ('messages', fields.BigIntField()),
                ('parts', fields.BigIntField()),
                ('credits', fields.BigIntField()),
                ('refunded', fields.BigIntField()),
                ('delivered', fields.BigIntField()),
                ('failed', fields.BigIntField()),
                ('not_billed', fields.BigIntField()),
            ],
            options={'table': 'message_sums', 'app': 'models', 'constraints': [UniqueConstraint(fields=('account_id', 'user_id', 'slot_minutes', 'start_us'), name='message_sums_unique')], 'indexes': [Index(fields=['account_id', 'slot_minutes', 'start_us'], name='message_sums_by_time')], 'pk_attr': 'id', 'table_description': 'Sums of the messages accepted in one slot, by their present status, with credits in millicredits.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='MessageOutcomes', constraint=UniqueConstraint(fields=('account_id', 'user_id', 'slot_minutes', 'start_us', 'ptt', 'time_bucket'), name='message_outcomes_unique')),
        ops.AddConstraint(model_name='MessageSums', constraint=UniqueConstraint(fields=('account_id', 'user_id', 'slot_minutes', 'start_us'), name='message_sums_unique')),
        # To add a constraint, SQLite rebuilds the table, and loses its indexes.
        ops.RunSQL(
            "CREATE INDEX IF NOT EXISTS message_sums_by_time ON message_sums (account_id, slot_minutes, start_us)",
            "SELECT 1",
        ),
        ops.RunSQL([COUNT_SUMS, COUNT_OUTCOMES], "SELECT 1"),
    ]
