from tortoise import migrations
from tortoise import fields
from tortoise.migrations import operations as ops

from server.models.added_column import AddColumn

class Migration(migrations.Migration):
    dependencies = [('models', '0015_people')]

    initial = False

    operations = [
        AddColumn(model_name='Message', name='times_unknown', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='Message', name='times_refused', field=fields.SmallIntField(default=0)),
        AddColumn(model_name='OperatorLink', name='unknown_outcome', field=fields.CharField(default='SERVER_SETTING', max_length=20)),
        AddColumn(model_name='OperatorLink', name='unknown_resends', field=fields.SmallIntField(default=2)),
        ops.RunSQL("UPDATE messages SET times_unknown = 1 WHERE outcome_unknown", "SELECT 1"),
        ops.RunSQL(
            "CREATE INDEX messages_doubtful ON messages (due_at_us, id) WHERE state = 'queued' AND outcome_unknown",
            "DROP INDEX messages_doubtful",
        ),
    ]
