from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0013_unclaimed')]

    initial = False

    operations = [
        ops.AddField(model_name='AuditEntry', name='before', field=fields.TextField(null=True)),
    ]
