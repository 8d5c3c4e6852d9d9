"""The contacts that an account's alerts go to, and whether they want them."""

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState
from server.store.models.accounts import Account


class Contact(Model):
    """An address (in lower case) or a number that a limit of the account names, or has named.

    `state` is never UNCONFIRMED: a question that is still ASKED at `expires_at_us` has expired. Neither the
    link in a mail nor the code in an SMS is stored. Both are derived from the server's secret, and the code
    is new for each of the `requests`.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="contacts", on_delete=fields.RESTRICT
    )
    channel = fields.CharEnumField(AlertChannel, max_length=4)
    address = fields.CharField(max_length=254)
    state = fields.CharEnumField(ContactState, max_length=11)
    requests = fields.IntField(default=0)
    code_tries = fields.IntField(default=0)
    requested_at_us = fields.BigIntField()
    expires_at_us = fields.BigIntField()
    answered_at_us = fields.BigIntField(null=True)

    account_id: int

    class Meta:
        table = "contacts"
        constraints = (
            UniqueConstraint(fields=("account_id", "channel", "address"), name="contacts_address_unique"),
        )
