"""The tables of the models."""

from tortoise.models import Model

from server.store import models

MODELS = [
    model
    for model in (getattr(models, name) for name in models.__all__)
    if isinstance(model, type) and issubclass(model, Model)
]
TABLES = sorted(model._meta.db_table or "" for model in MODELS)
