from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from server.models.added_column import AddColumn

class Migration(migrations.Migration):
    dependencies = [('models', '0008_lists')]

    initial = False

    operations = [
        AddColumn(
            model_name='Throttle',
            name='looking',
            field=fields.IntField(default=0),
        ),
        AddColumn(
            model_name='Throttle',
            name='looking_until_us',
            field=fields.BigIntField(default=0),
        ),
        ops.CreateModel(
            name='SignInOrigin',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('used_at_us', fields.BigIntField()),
            ],
            options={'table': 'sign_in_origins', 'app': 'models', 'pk_attr': 'key', 'table_description': 'That a login has succeeded from a network of addresses. The key is a digest of the two.'},
            bases=['Model'],
        ),
    ]
