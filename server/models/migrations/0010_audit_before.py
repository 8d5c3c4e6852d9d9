from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0008_sign_ins'), ('models', '0009_narrowed_lists'), ('models', '0009_stop_words')]

    initial = False

    operations = [
        ops.AddField(model_name='AuditEntry', name='before', field=fields.TextField(null=True)),
    ]
