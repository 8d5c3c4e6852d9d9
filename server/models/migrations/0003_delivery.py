from tortoise import migrations
from tortoise.migrations import operations as ops
from server.models.callbacks import CallbackKind, CallbackState
from server.models.notifications import NotificationState
from server.rules.callbacks import DisabledReason, TryVerdict
from server.rules.thresholds import AlertChannel
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0002_rate_buckets')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CallbackTarget',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='callback_targets', on_delete=OnDelete.RESTRICT)),
                ('url', fields.CharField(max_length=2000)),
                ('host', fields.CharField(max_length=255)),
                ('failing_since_us', fields.BigIntField(null=True)),
                ('failures_in_a_row', fields.IntField(default=0)),
                ('paused_until_us', fields.BigIntField(default=0)),
                ('disabled_at_us', fields.BigIntField(null=True)),
                ('disabled_reason', fields.CharEnumField(null=True, description='GONE: gone\nFAILING: failing', enum_type=DisabledReason, max_length=10)),
            ],
            options={'table': 'callback_targets', 'app': 'models', 'pk_attr': 'id', 'table_description': "One URL that an account's callbacks go to, and how it has been doing."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CallbackDelivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='callback_deliveries', on_delete=OnDelete.RESTRICT)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='callback_deliveries', on_delete=OnDelete.RESTRICT)),
                ('target', fields.ForeignKeyField('models.CallbackTarget', source_field='target_id', db_constraint=True, to_field='id', related_name='deliveries', on_delete=OnDelete.RESTRICT)),
                ('message', fields.ForeignKeyField('models.Message', source_field='message_id', null=True, db_constraint=True, to_field='id', related_name='callback_deliveries', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='STATUS: status\nSTOP: stop\nTEST: test', enum_type=CallbackKind, max_length=10)),
                ('event_sequence', fields.BigIntField(null=True)),
                ('webhook_id', fields.CharField(unique=True, max_length=80)),
                ('query', fields.TextField(unique=False)),
                ('state', fields.CharEnumField(default=CallbackState.WAITING, description='WAITING: waiting\nDELIVERED: delivered\nFAILED: failed\nCANCELLED: cancelled', enum_type=CallbackState, max_length=10)),
                ('attempts', fields.IntField(default=0)),
                ('due_at_us', fields.BigIntField()),
                ('claim_id', fields.BigIntField(null=True)),
                ('created_at_us', fields.BigIntField()),
                ('ended_at_us', fields.BigIntField(null=True)),
            ],
            options={'table': 'callback_deliveries', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One callback: a row for each event, STOP or test that a URL is to hear of.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CallbackTry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('delivery', fields.ForeignKeyField('models.CallbackDelivery', source_field='delivery_id', db_constraint=True, to_field='id', related_name='tries', on_delete=OnDelete.CASCADE)),
                ('at_us', fields.BigIntField()),
                ('address', fields.CharField(null=True, max_length=45)),
                ('status', fields.SmallIntField(null=True)),
                ('latency_us', fields.BigIntField()),
                ('verdict', fields.CharEnumField(description='DELIVERED: delivered\nREFUSED_STATUS: refused_status\nGONE: gone\nFORBIDDEN_ADDRESS: forbidden_address\nUNRESOLVED: unresolved\nUNREACHABLE: unreachable\nTLS_FAILED: tls_failed\nTIMED_OUT: timed_out\nBAD_ANSWER: bad_answer', enum_type=TryVerdict, max_length=20)),
            ],
            options={'table': 'callback_tries', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One try to deliver a callback. `address` is where the connection went, if there was one.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Notification',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='notifications', on_delete=OnDelete.RESTRICT)),
                ('alert', fields.ForeignKeyField('models.LimitAlert', source_field='alert_id', null=True, db_constraint=True, to_field='id', related_name='notifications', on_delete=OnDelete.RESTRICT)),
                ('channel', fields.CharEnumField(description='MAIL: MAIL\nSMS: SMS\nBOTH: BOTH', enum_type=AlertChannel, max_length=4)),
                ('recipient', fields.CharField(max_length=254)),
                ('subject', fields.CharField(max_length=200)),
                ('body', fields.TextField(unique=False)),
                ('state', fields.CharEnumField(default=NotificationState.WAITING, description='WAITING: waiting\nSENT: sent\nFAILED: failed', enum_type=NotificationState, max_length=10)),
                ('attempts', fields.IntField(default=0)),
                ('due_at_us', fields.BigIntField()),
                ('claim_id', fields.BigIntField(null=True)),
                ('failure', fields.CharField(null=True, max_length=200)),
                ('message', fields.ForeignKeyField('models.Message', source_field='message_id', null=True, db_constraint=True, to_field='id', related_name='notifications', on_delete=OnDelete.RESTRICT)),
                ('created_at_us', fields.BigIntField()),
                ('ended_at_us', fields.BigIntField(null=True)),
            ],
            options={'table': 'notifications', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One mail or one SMS to one person, written in the transaction that gave rise to it.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Account',
            name='alert_armed',
            field=fields.BooleanField(default=True),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_channel',
            field=fields.CharEnumField(null=True, description='MAIL: MAIL\nSMS: SMS\nBOTH: BOTH', enum_type=AlertChannel, max_length=4),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_email',
            field=fields.CharField(null=True, max_length=254),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_mail_body',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_mail_subject',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_on',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_phone_number',
            field=fields.CharField(null=True, max_length=20),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_sms_body',
            field=fields.CharField(null=True, max_length=1000),
        ),
        ops.AddField(
            model_name='Account',
            name='alert_threshold',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Account',
            name='callback_key_rotated_at_us',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Account',
            name='callback_key_version',
            field=fields.IntField(default=1),
        ),
        ops.AddField(
            model_name='Account',
            name='events_purged',
            field=fields.BigIntField(default=0),
        ),
        ops.AddField(
            model_name='Account',
            name='keeps_advertising_hours',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Account',
            name='last_alert_at_us',
            field=fields.BigIntField(null=True),
        ),
        ops.AlterField(
            model_name='LimitAlert',
            name='user',
            field=fields.ForeignKeyField('models.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='limit_alerts', on_delete=OnDelete.RESTRICT),
        ),
        ops.AlterField(
            model_name='LimitAlert',
            name='user_login',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='Message',
            name='bears_clause',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Message',
            name='held_until_us',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Message',
            name='outcome_unknown',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='User',
            name='callback_key_rotated_at_us',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='User',
            name='callback_key_version',
            field=fields.IntField(default=1),
        ),
        ops.AddConstraint(model_name='Account', constraint=CheckConstraint(check='NOT alert_on OR (alert_threshold >= 1000 AND alert_channel IS NOT NULL)', name='accounts_alert_on_is_complete')),
        ops.AddConstraint(model_name='CallbackTarget', constraint=UniqueConstraint(fields=('account_id', 'url'), name='callback_targets_unique')),
        ops.RemoveIndex(model_name='Message', name='messages_by_correspondence'),
        ops.AddIndex(model_name='Message', index=Index(fields=['receiver', 'sender', 'created_at_us', 'id'], name='messages_by_correspondence')),
        ops.AddIndex(model_name='CallbackDelivery', index=Index(fields=['account_id', 'id'], name='callback_deliveries_by_account')),
        ops.AddIndex(model_name='CallbackDelivery', index=Index(fields=['user_id', 'id'], name='callback_deliveries_by_user')),
        ops.AddIndex(model_name='CallbackDelivery', index=Index(fields=['message_id', 'id'], name='callback_deliveries_by_message')),
        ops.AddIndex(model_name='CallbackTry', index=Index(fields=['delivery_id', 'id'], name='callback_tries_by_delivery')),
        ops.AddIndex(model_name='Notification', index=Index(fields=['alert_id', 'id'], name='notifications_by_alert')),
        ops.RunSQL(
            "CREATE INDEX callback_deliveries_due ON callback_deliveries (target_id, due_at_us, id) WHERE state = 'waiting'",
            "DROP INDEX callback_deliveries_due",
        ),
        ops.RunSQL(
            "CREATE INDEX callback_deliveries_open ON callback_deliveries (message_id, event_sequence) WHERE state = 'waiting'",
            "DROP INDEX callback_deliveries_open",
        ),
        ops.RunSQL(
            "CREATE INDEX callback_deliveries_ended ON callback_deliveries (ended_at_us) WHERE state <> 'waiting'",
            "DROP INDEX callback_deliveries_ended",
        ),
        ops.RunSQL(
            "CREATE INDEX notifications_due ON notifications (due_at_us, id) WHERE state = 'waiting'",
            "DROP INDEX notifications_due",
        ),
        ops.RunSQL(
            "CREATE INDEX messages_unconfirmed ON messages (sent_at_us, id) WHERE state = 'submitted'",
            "DROP INDEX messages_unconfirmed",
        ),
        # To let go of NOT NULL, SQLite rebuilds the table, and its indexes are gone with the old one.
        ops.RunSQL(
            "CREATE UNIQUE INDEX IF NOT EXISTS limit_alerts_sequence_unique ON limit_alerts (account_id, sequence)",
            "SELECT 1",
        ),
        ops.RunSQL(
            "CREATE INDEX IF NOT EXISTS limit_alerts_by_user ON limit_alerts (user_id, sequence)",
            "SELECT 1",
        ),
        ops.AlterModelOptions(
            name='LimitAlert',
            options={'table': 'limit_alerts', 'app': 'models', 'constraints': [UniqueConstraint(fields=('account_id', 'sequence'), name='limit_alerts_sequence_unique')], 'indexes': [Index(fields=['user_id', 'sequence'], name='limit_alerts_by_user')], 'pk_attr': 'id', 'table_description': "One downward crossing of a user's limit, or without a user of the account's own."},
        ),
    ]
