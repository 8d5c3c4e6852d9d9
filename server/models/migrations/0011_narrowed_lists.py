from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [('models', '0010_stop_words')]

    initial = False

    operations = [
        ops.AddIndex(model_name='LedgerEntry', index=Index(fields=['account_id', 'kind', 'sequence'], name='ledger_entries_by_kind')),
        ops.AddIndex(model_name='AuditEntry', index=Index(fields=['account_id', 'action', 'id'], name='audit_entries_by_action')),
        ops.AddIndex(model_name='AuditEntry', index=Index(fields=['account_id', 'subject', 'id'], name='audit_entries_by_subject')),
        ops.AddIndex(model_name='AuditEntry', index=Index(fields=['account_id', 'caused_by', 'id'], name='audit_entries_by_causer')),
        ops.AddIndex(model_name='AuditEntry', index=Index(fields=['account_id', 'at_us', 'id'], name='audit_entries_by_time')),
        ops.AddIndex(model_name='LimitAlert', index=Index(fields=['account_id', 'at_us', 'sequence'], name='limit_alerts_by_time')),
        ops.AddIndex(model_name='IncomingMessage', index=Index(fields=['account_id', 'sender', 'sequence'], name='incoming_messages_by_sender')),
        ops.AddIndex(model_name='IncomingMessage', index=Index(fields=['account_id', 'is_stop', 'sequence'], name='incoming_messages_by_stop')),
        ops.AddIndex(model_name='IncomingMessage', index=Index(fields=['account_id', 'at_us', 'sequence'], name='incoming_messages_by_time')),
        ops.AddIndex(model_name='CallbackDelivery', index=Index(fields=['account_id', 'state', 'id'], name='callback_deliveries_by_state')),
        ops.AddIndex(model_name='CallbackDelivery', index=Index(fields=['account_id', 'created_at_us', 'id'], name='callback_deliveries_by_creation')),
    ]
