"""The tables that the models name."""

from server import models

TABLES = sorted(
    getattr(models, name)._meta.db_table or "" for name in models.__all__ if name != "MessageState"
)
