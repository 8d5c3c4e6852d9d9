from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0010_contacts')]

    initial = False

    operations = [
        ops.AddField(model_name='AuditEntry', name='before', field=fields.TextField(null=True)),
    ]
