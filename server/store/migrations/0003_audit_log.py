from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint


class Migration(migrations.Migration):
    dependencies = [('models', '0002_link_kinds')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Account',
            name='audit_sequence',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='AuditEntry',
            name='sequence',
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RemoveIndex(model_name='AuditEntry', name='audit_entries_by_account', fields=None),
        ops.RemoveIndex(model_name='AuditEntry', name='audit_entries_by_action', fields=None),
        ops.RemoveIndex(model_name='AuditEntry', name='audit_entries_by_subject', fields=None),
        ops.RemoveIndex(model_name='AuditEntry', name='audit_entries_by_causer', fields=None),
        ops.RemoveIndex(model_name='AuditEntry', name='audit_entries_by_time', fields=None),
        ops.RunSQL(
            [
                """
                UPDATE audit_entries SET sequence = numbered.place
                FROM (
                    SELECT id, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY id) AS place
                    FROM audit_entries WHERE account_id IS NOT NULL
                ) AS numbered
                WHERE audit_entries.id = numbered.id
                """,
                """
                UPDATE accounts SET audit_sequence = counted.entries
                FROM (
                    SELECT account_id, COUNT(*) AS entries
                    FROM audit_entries WHERE account_id IS NOT NULL GROUP BY account_id
                ) AS counted
                WHERE accounts.id = counted.account_id
                """,
            ],
            "SELECT 1",
        ),
        # To add a constraint, SQLite rebuilds the table, and its indexes are gone with the old one.
        ops.AddConstraint(
            model_name='AuditEntry',
            constraint=UniqueConstraint(fields=('account_id', 'sequence'), name='audit_entries_sequence_unique'),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['account_id', 'action', 'sequence'], name='audit_entries_by_action'),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['account_id', 'subject', 'sequence'], name='audit_entries_by_subject'),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['account_id', 'caused_by', 'sequence'], name='audit_entries_by_causer'),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['account_id', 'at_us', 'sequence'], name='audit_entries_by_time'),
        ),
    ]
