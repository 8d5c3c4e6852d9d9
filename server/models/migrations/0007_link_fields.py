from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0006_incoming_parts')]

    initial = False

    operations = [
        ops.AddField(model_name='OperatorLink', name='bind_ton', field=fields.SmallIntField(default=0)),
        ops.AddField(model_name='OperatorLink', name='bind_npi', field=fields.SmallIntField(default=0)),
        ops.AddField(model_name='OperatorLink', name='enquire_seconds', field=fields.IntField(default=30)),
        ops.AddField(model_name='OperatorLink', name='response_seconds', field=fields.IntField(default=60)),
        ops.AddField(model_name='OperatorLink', name='flash_form', field=fields.CharField(default='GENERAL', max_length=12)),
        ops.AddField(model_name='OperatorLink', name='service_type', field=fields.CharField(default='', max_length=5)),
        ops.AddField(model_name='OperatorLink', name='priority_flag', field=fields.SmallIntField(default=0)),
        ops.AddField(model_name='OperatorLink', name='protocol_id', field=fields.SmallIntField(default=0)),
        ops.AddField(model_name='OperatorLink', name='registered_delivery', field=fields.SmallIntField(default=1)),
        ops.AddField(model_name='OperatorLink', name='validity_seconds', field=fields.IntField(default=2678399)),
    ]
