from tortoise import migrations
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from server.models.added_column import AddColumn

class Migration(migrations.Migration):
    dependencies = [('models', '0012_contacts')]

    initial = False

    operations = [
        AddColumn(model_name='IncomingMessage', name='asks_to_stop', field=fields.BooleanField(default=False)),
        ops.RunSQL('UPDATE incoming_messages SET asks_to_stop = is_stop WHERE is_stop'),
        ops.CreateModel(
            name='UnclaimedMessage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=40)),
                ('sender', fields.CharField(max_length=20)),
                ('receiver', fields.CharField(max_length=20)),
                ('body', fields.TextField(unique=False)),
                ('asks_to_stop', fields.BooleanField()),
                ('dedup_key', fields.CharField(unique=True, max_length=120)),
                ('at_us', fields.BigIntField()),
            ],
            options={'table': 'unclaimed_messages', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A mobile-originated message that no account could be told for, kept for the server\'s operators.'},
            bases=['Model'],
        ),
        ops.AddIndex(model_name='UnclaimedMessage', index=Index(fields=['at_us', 'id'], name='unclaimed_messages_by_time')),
        ops.AddField(model_name='Receipt', name='as_message', field=fields.TextField(null=True, unique=False)),
        ops.RunSQL('CREATE INDEX receipts_doubtful ON receipts (received_at_us) WHERE as_message IS NOT NULL AND message_part_id IS NULL'),
    ]
