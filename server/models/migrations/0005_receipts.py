from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0004_links')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Receipt',
            name='receiver_digits',
            field=fields.CharField(null=True, max_length=7),
        ),
        ops.AddField(
            model_name='Receipt',
            name='unread',
            field=fields.CharField(null=True, max_length=80),
        ),
    ]
