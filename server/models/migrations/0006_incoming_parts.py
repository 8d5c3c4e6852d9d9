from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('models', '0005_receipts')]

    initial = False

    operations = [
        ops.AddIndex(model_name='IncomingPart', index=Index(fields=['gateway', 'sender', 'receiver', 'reference', 'total', 'number', 'received_at_us'], name='incoming_parts_by_message')),
    ]
