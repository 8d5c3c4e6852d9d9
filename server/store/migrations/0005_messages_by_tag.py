from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [('models', '0004_statistics')]

    initial = False

    operations = [
        # Most messages have no tag, and cost nothing here.
        ops.RunSQL(
            "CREATE INDEX messages_by_tag ON messages (account_id, tag, created_at_us, id) WHERE tag IS NOT NULL",
            "DROP INDEX messages_by_tag",
        ),
    ]
