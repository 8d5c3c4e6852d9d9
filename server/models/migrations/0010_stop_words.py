from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

from server.models.added_column import AddColumn

class Migration(migrations.Migration):
    dependencies = [('models', '0009_sign_ins')]

    initial = False

    operations = [
        ops.AddField(model_name='Account', name='stop_languages', field=fields.CharField(null=True, max_length=200)),
        AddColumn(model_name='Account', name='stop_words', field=fields.TextField(default='[]', unique=False)),
    ]
