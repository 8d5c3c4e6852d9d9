from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.AddField(
            model_name='OperatorLink',
            name='kind',
            field=fields.CharField(default='SMPP', db_default='SMPP', max_length=12),
        ),
        ops.AddField(
            model_name='OperatorLink',
            name='second_key_encrypted',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='OperatorLink',
            name='options',
            field=fields.TextField(default='{}', db_default='{}', unique=False),
        ),
    ]
