from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from server.models.sweeps import SweepKind

class Migration(migrations.Migration):
    dependencies = [('models', '0016_attempts')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Sweep',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', related_name='sweeps', on_delete=OnDelete.RESTRICT)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name='sweeps', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(enum_type=SweepKind, max_length=10)),
                ('caused_by', fields.CharField(max_length=300)),
                ('action', fields.CharField(default='', max_length=40)),
                ('subject', fields.CharField(default='', max_length=300)),
                ('detail', fields.TextField(default='[{}, null]', unique=False)),
                ('done', fields.IntField(default=0)),
                ('begun_at_us', fields.BigIntField()),
                ('touched_at_us', fields.BigIntField()),
                ('finished_at_us', fields.BigIntField(null=True)),
            ],
            options={'table': 'sweeps', 'app': 'models', 'pk_attr': 'id', 'table_description': "Messages to cancel, or callbacks to move to where they go now: an account's, or one user's, in batches."},
            bases=['Model'],
        ),
        ops.RunSQL(
            "CREATE INDEX sweeps_open ON sweeps (account_id) WHERE finished_at_us IS NULL",
            "DROP INDEX sweeps_open",
        ),
    ]
