from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='RateBucket',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=200)),
                ('level', fields.BigIntField()),
                ('at_us', fields.BigIntField()),
            ],
            options={'table': 'rate_buckets', 'app': 'models', 'pk_attr': 'key', 'table_description': "How full one caller's leaky bucket of points was at a time, shared by all processes."},
            bases=['Model'],
        ),
    ]
