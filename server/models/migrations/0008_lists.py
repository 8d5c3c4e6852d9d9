from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('models', '0007_link_fields')]

    initial = False

    operations = [
        ops.AddIndex(model_name='Holder', index=Index(fields=['created_at_us', 'id'], name='holders_by_creation')),
    ]
