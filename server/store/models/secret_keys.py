"""The mark of the secret key that a database is used with."""

from tortoise import fields
from tortoise.models import Model

THE_ONLY = 1


class SecretKeyMark(Model):
    """The fingerprint of the secret key that this server's keys are made of, in the only row."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    fingerprint = fields.CharField(max_length=64)

    class Meta:
        table = "secret_key_marks"
