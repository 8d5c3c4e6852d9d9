from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import UniqueConstraint

from server.models.added_column import AddColumn
from server.rules.contacts import ContactState
from server.rules.thresholds import AlertChannel

# Where limits send their alerts at the time of the upgrade counts as confirmed: an alert that stops without
# a word costs more than one that whoever gets it can now stop.
_KNOWN = """
    INSERT INTO contacts (
        account_id, channel, address, state, requests, code_tries, requested_at_us, expires_at_us
    )
    SELECT DISTINCT named.account_id, named.channel, named.address, 'CONFIRMED', 0, 0, 0, 0 FROM (
        SELECT account_id, 'MAIL' AS channel, lower(limit_email) AS address FROM users
        WHERE limit_on AND deleted_at_us IS NULL AND limit_email IS NOT NULL
        UNION SELECT account_id, 'SMS', limit_phone_number FROM users
        WHERE limit_on AND deleted_at_us IS NULL AND limit_phone_number IS NOT NULL
        UNION SELECT id, 'MAIL', lower(alert_email) FROM accounts WHERE alert_on AND alert_email IS NOT NULL
        UNION SELECT id, 'SMS', alert_phone_number FROM accounts
        WHERE alert_on AND alert_phone_number IS NOT NULL
    ) named
"""

class Migration(migrations.Migration):
    dependencies = [('models', '0011_narrowed_lists')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Contact',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='contacts', on_delete=OnDelete.RESTRICT)),
                ('channel', fields.CharEnumField(description='MAIL: MAIL\nSMS: SMS\nBOTH: BOTH', enum_type=AlertChannel, max_length=4)),
                ('address', fields.CharField(max_length=254)),
                ('state', fields.CharEnumField(enum_type=ContactState, max_length=11)),
                ('requests', fields.IntField(default=0)),
                ('code_tries', fields.IntField(default=0)),
                ('requested_at_us', fields.BigIntField()),
                ('expires_at_us', fields.BigIntField()),
                ('answered_at_us', fields.BigIntField(null=True)),
            ],
            options={'table': 'contacts', 'app': 'models', 'constraints': [UniqueConstraint(fields=('account_id', 'channel', 'address'), name='contacts_address_unique')], 'pk_attr': 'id', 'table_description': 'An address (in lower case) or a number that a limit of the account names, or has named.'},
            bases=['Model'],
        ),
        ops.AddConstraint(model_name='Contact', constraint=UniqueConstraint(fields=('account_id', 'channel', 'address'), name='contacts_address_unique')),
        ops.AddField(
            model_name='Notification',
            name='contact',
            field=fields.ForeignKeyField('models.Contact', source_field='contact_id', null=True, db_constraint=True, to_field='id', related_name='questions', on_delete=OnDelete.RESTRICT),
        ),
        AddColumn(model_name='Message', name='confidential', field=fields.BooleanField(default=False)),
        ops.RunSQL(_KNOWN, "SELECT 1"),
    ]
