"""The links to operators: their settings, and their state as last reported by the workers."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from server.rules.links.links import LinkKind, UnknownOutcome


class OperatorLink(Model):
    """One link to an operator, as its data sheet describes it.

    `options` has, as JSON, the settings of its kind that have no columns. A row has either the encrypted
    password or the name of the environment variable with it. `prefixes`, `countries` and `sender_kinds` are
    separated by spaces; empty ones take all messages. `addresses`, `ptt_table` and `refusal_ptts` are JSON.
    `unknown_resends` is how often a message of unknown outcome is submitted again, if it may be. `version`
    grows with each change of the settings, so that workers see it. `fault` tells why workers can't use the
    row.
    """

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=40, unique=True)
    kind = fields.CharField(max_length=12, default=LinkKind.SMPP.value, db_default=LinkKind.SMPP.value)
    enabled = fields.BooleanField(default=True)
    host = fields.CharField(max_length=255)
    port = fields.IntField()
    tls = fields.BooleanField()
    system_id = fields.CharField(max_length=15)
    password_encrypted = fields.CharField(max_length=400, null=True)
    second_key_encrypted = fields.TextField(null=True)
    password_variable = fields.CharField(max_length=100, null=True)
    system_type = fields.CharField(max_length=12)
    address_range = fields.CharField(max_length=40)
    bind_ton = fields.SmallIntField(default=0)
    bind_npi = fields.SmallIntField(default=0)
    mode = fields.CharField(max_length=12)
    binds = fields.SmallIntField()
    window_size = fields.IntField()
    per_second = fields.IntField()
    enquire_seconds = fields.IntField(default=30)
    response_seconds = fields.IntField(default=60)
    alphabet = fields.CharField(max_length=12)
    flash_form = fields.CharField(max_length=12, default="GENERAL")
    long_messages = fields.CharField(max_length=12)
    service_type = fields.CharField(max_length=5, default="")
    priority_flag = fields.SmallIntField(default=0)
    protocol_id = fields.SmallIntField(default=0)
    registered_delivery = fields.SmallIntField(default=1)
    validity_seconds = fields.IntField(default=2_678_399)
    id_form = fields.CharField(max_length=12)
    addresses = fields.TextField()
    ptt_table = fields.TextField()
    refusal_ptts = fields.TextField()
    err_is_ptt = fields.BooleanField()
    unknown_outcome = fields.CharField(max_length=20, default=UnknownOutcome.SERVER_SETTING)
    unknown_resends = fields.SmallIntField(default=2)
    priority = fields.IntField()
    prefixes = fields.TextField()
    countries = fields.TextField()
    sender_kinds = fields.CharField(max_length=80)
    version = fields.BigIntField()
    fault = fields.CharField(max_length=200, null=True)
    created_at_us = fields.BigIntField()
    options = fields.TextField(default="{}", db_default="{}")
    updated_at_us = fields.BigIntField()

    class Meta:
        table = "links"
        constraints = (
            CheckConstraint(check="port >= 1 AND port <= 65535", name="links_port_is_one"),
            CheckConstraint(
                check="binds >= 1 AND window_size >= 1 AND per_second >= 1", name="links_bounds_are_positive"
            ),
            CheckConstraint(
                check="(password_encrypted IS NULL) <> (password_variable IS NULL)",
                name="links_have_one_password",
            ),
        )


class LinkReport(Model):
    """How one worker said that a link is. `binds` is JSON: the kind and the state of each."""

    id = fields.BigIntField(primary_key=True)
    link_name = fields.CharField(max_length=40)
    worker_id = fields.CharField(max_length=40)
    binds = fields.TextField()
    in_flight = fields.IntField()
    throttled = fields.BooleanField()
    times_throttled = fields.IntField()
    last_error = fields.CharField(max_length=200, null=True)
    updated_at_us = fields.BigIntField()

    class Meta:
        table = "link_states"
        constraints = (
            UniqueConstraint(fields=("link_name", "worker_id"), name="link_states_unique"),
            CheckConstraint(check="in_flight >= 0", name="link_states_in_flight_not_negative"),
        )
