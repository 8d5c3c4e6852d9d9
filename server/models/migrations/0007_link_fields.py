from tortoise import migrations
from tortoise import fields

from server.models.added_column import AddColumn

class Migration(migrations.Migration):
    dependencies = [('models', '0006_incoming_parts')]

    initial = False

    operations = [
        AddColumn(model_name='OperatorLink', name='bind_ton', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='OperatorLink', name='bind_npi', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='OperatorLink', name='enquire_seconds', field=fields.IntField(default=30)),
        AddColumn(model_name='OperatorLink', name='response_seconds', field=fields.IntField(default=60)),
        AddColumn(model_name='OperatorLink', name='flash_form', field=fields.CharField(default='GENERAL', max_length=12)),
        AddColumn(model_name='OperatorLink', name='service_type', field=fields.CharField(default='', max_length=5)),
        AddColumn(model_name='OperatorLink', name='priority_flag', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='OperatorLink', name='protocol_id', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='OperatorLink', name='registered_delivery', field=fields.SmallIntField(default=1)),
        AddColumn(model_name='OperatorLink', name='validity_seconds', field=fields.IntField(default=2678399)),
    ]
