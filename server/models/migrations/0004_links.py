from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0003_delivery')]

    initial = False

    operations = [
        ops.CreateModel(
            name='LinkReport',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('link_name', fields.CharField(max_length=40)),
                ('worker_id', fields.CharField(max_length=40)),
                ('binds', fields.TextField(unique=False)),
                ('in_flight', fields.IntField()),
                ('throttled', fields.BooleanField()),
                ('times_throttled', fields.IntField()),
                ('last_error', fields.CharField(null=True, max_length=200)),
                ('updated_at_us', fields.BigIntField()),
            ],
            options={'table': 'link_states', 'app': 'models', 'pk_attr': 'id', 'table_description': 'How one worker said that a link is. `binds` is JSON: the kind and the state of each.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='OperatorLink',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=40)),
                ('enabled', fields.BooleanField(default=True)),
                ('host', fields.CharField(max_length=255)),
                ('port', fields.IntField()),
                ('tls', fields.BooleanField()),
                ('system_id', fields.CharField(max_length=15)),
                ('password_sealed', fields.CharField(null=True, max_length=400)),
                ('password_variable', fields.CharField(null=True, max_length=100)),
                ('system_type', fields.CharField(max_length=12)),
                ('address_range', fields.CharField(max_length=40)),
                ('mode', fields.CharField(max_length=12)),
                ('binds', fields.SmallIntField()),
                ('window_size', fields.IntField()),
                ('per_second', fields.IntField()),
                ('alphabet', fields.CharField(max_length=12)),
                ('long_messages', fields.CharField(max_length=12)),
                ('id_form', fields.CharField(max_length=12)),
                ('addresses', fields.TextField(unique=False)),
                ('ptt_table', fields.TextField(unique=False)),
                ('refusal_ptts', fields.TextField(unique=False)),
                ('err_is_ptt', fields.BooleanField()),
                ('priority', fields.IntField()),
                ('prefixes', fields.TextField(unique=False)),
                ('countries', fields.TextField(unique=False)),
                ('sender_kinds', fields.CharField(max_length=80)),
                ('version', fields.BigIntField()),
                ('fault', fields.CharField(null=True, max_length=200)),
                ('created_at_us', fields.BigIntField()),
                ('updated_at_us', fields.BigIntField()),
            ],
            options={'table': 'links', 'app': 'models', 'pk_attr': 'id', 'table_description': 'One link to an operator, as its data sheet describes it.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='MessagePart',
            name='operator_raw_id',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name='Receipt',
            name='operator_raw_id',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name='Receipt',
            name='hex_id',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.AddField(
            model_name='Receipt',
            name='decimal_id',
            field=fields.CharField(null=True, max_length=80),
        ),
        ops.CreateModel(
            name='IncomingPart',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=40)),
                ('sender', fields.CharField(max_length=20)),
                ('receiver', fields.CharField(max_length=20)),
                ('reference', fields.IntField()),
                ('total', fields.SmallIntField()),
                ('number', fields.SmallIntField()),
                ('data_coding', fields.SmallIntField()),
                ('octets', fields.BinaryField()),
                ('received_at_us', fields.BigIntField()),
            ],
            options={'table': 'incoming_parts', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A part of an incoming message, told apart by its reference, that waits for the others.'},
            bases=['Model'],
        ),
        ops.AddIndex(model_name='IncomingPart', index=Index(fields=['gateway', 'id'], name='incoming_parts_by_gateway')),
        ops.AddConstraint(model_name='LinkReport', constraint=CheckConstraint(check='in_flight >= 0', name='link_states_in_flight_not_negative')),
        # After the check: for that, SQLite rebuilds the table, and indexes are gone with the old one.
        ops.AddConstraint(model_name='LinkReport', constraint=UniqueConstraint(fields=('link_name', 'worker_id'), name='link_states_unique')),
        ops.AddConstraint(model_name='OperatorLink', constraint=CheckConstraint(check='port >= 1 AND port <= 65535', name='links_port_is_one')),
        ops.AddConstraint(model_name='OperatorLink', constraint=CheckConstraint(check='binds >= 1 AND window_size >= 1 AND per_second >= 1', name='links_bounds_are_positive')),
        ops.AddConstraint(model_name='OperatorLink', constraint=CheckConstraint(check='(password_sealed IS NULL) <> (password_variable IS NULL)', name='links_have_one_password')),
    ]
