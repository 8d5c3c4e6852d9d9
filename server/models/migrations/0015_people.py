from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0014_audit_before')]

    initial = False

    operations = [
        ops.AddField(model_name='AccessToken', name='address', field=fields.CharField(null=True, max_length=45)),
        ops.AddField(model_name='AccessToken', name='user_agent', field=fields.CharField(null=True, max_length=200)),
        ops.AddField(model_name='User', name='maker_token_id', field=fields.BigIntField(null=True)),
        ops.AddField(model_name='User', name='ends_at_us', field=fields.BigIntField(null=True)),
        ops.AddIndex(model_name='User', index=Index(fields=['maker_token_id'], name='users_by_maker')),
    ]
