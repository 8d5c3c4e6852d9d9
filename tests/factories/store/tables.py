"""The tables that the models name."""

from tortoise.models import Model

from server.store import models

TABLES = sorted(
    one._meta.db_table or ""
    for one in (getattr(models, name) for name in models.__all__)
    if isinstance(one, type) and issubclass(one, Model)
)
