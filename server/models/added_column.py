"""Adding a column that is never null to a table that has rows, which the ORM's own operation can't do."""
# ruff: noqa: SLF001 the ORM has no public way to what a model consists of

from typing import Any

from tortoise.migrations import operations as ops
from tortoise.migrations.schema_editor.base import BaseSchemaEditor


class AddColumn(ops.AddField):
    """Like `AddField`, of a field with a default; the rows that are there get it."""

    async def database_forward(
        self, app_label: str, old_state: Any, new_state: Any, state_editor: BaseSchemaEditor | None = None
    ) -> None:
        """Add the column."""
        if state_editor is None:
            return
        model = new_state.apps.get_model(f"{app_label}.{self.model_name}")
        field = model._meta.fields_map[self.name]
        sql_type = field.get_for_dialect(state_editor.DIALECT, "SQL_TYPE")
        statement = (
            f'ALTER TABLE "{model._meta.db_table}" ADD COLUMN "{self.name}" {sql_type} NOT NULL '
            f"DEFAULT {_literal(field.default)}"
        )
        await ops.RunSQL(statement).database_forward(app_label, old_state, new_state, state_editor)


def _literal(value: object) -> str:
    if isinstance(value, bool):
        # SQLite keeps them as numbers, and knows these words for them.
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))
