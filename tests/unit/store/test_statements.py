"""Statements stand in the store alone: elsewhere nobody writes SQL, asks a model for rows, or needs the ORM to do so.

What may stand elsewhere is listed here, with its reason, and nothing else is.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import server

ROOT = Path(server.__file__).parent
ASKS_FOR_ROWS = {
    "all", "annotate", "bulk_create", "bulk_update", "count", "create", "delete", "exclude", "exists", "filter", "first",
    "get", "get_or_create", "get_or_none", "in_bulk", "raw", "save", "select_for_update", "update_or_create",
}  # fmt: skip
SQL_WORDS = ("SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ")

# A fault of the database has no other name; whoever tells it from others needs that one.
FAULTS = "tortoise.exceptions"
# Connections filter, order and page a scoped query, and name its type for it (docs/adr/0012).
TYPES = {("tortoise.queryset", "QuerySet"), ("tortoise.models", "Model")}
# The one place that opens transactions.
TRANSACTIONS = {"operations/core/transactions.py": {("tortoise.transactions", "in_transaction")}}


@cache
def _all_modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))
    }


def _modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the modules but for the store's."""
    return ((name, module) for name, module in _all_modules().items() if not name.startswith("store/"))


def _imported(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield where each imported name is from, what it is there, and what it is here."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name, alias.asname or alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", alias.asname or alias.name


def test_nobody_else_asks_a_model_for_rows() -> None:
    """Or tells one to write itself."""
    found = []
    for name, module in _modules():
        models = {here for where, _, here in _imported(module) if where.startswith("server.store.models")}
        for node in ast.walk(module):
            if isinstance(node, ast.Attribute) and node.attr in ASKS_FOR_ROWS:
                owner = node.value.attr if isinstance(node.value, ast.Attribute) else ast.unparse(node.value)
                is_model = isinstance(node.value, ast.Name) and owner in models
                if is_model or ast.unparse(node.value).startswith("models."):
                    found.append(f"{name}:{node.lineno} {owner}.{node.attr}")
    assert found == []


def test_nobody_else_writes_sql() -> None:
    """No text elsewhere begins as a statement does."""
    found = [
        f"{name}:{node.lineno}"
        for name, module in _modules()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.lstrip().startswith(SQL_WORDS)
    ]
    assert found == []


def test_what_is_taken_of_the_orm_elsewhere() -> None:
    """Its faults; for the edge, the types of what connections compose; and what opens a transaction, once."""
    found = []
    for name, module in _modules():
        allowed = TRANSACTIONS.get(name, set()) | (TYPES if name.startswith("graphql/") else set())
        found += [
            f"{name}: {where} {what}"
            for where, what, _ in _imported(module)
            if where.startswith("tortoise") and where != FAULTS and (where, what) not in allowed
        ]
    assert found == []


def test_one_module_reaches_into_the_orms_private_parts() -> None:
    """And the one that mends PostgreSQL's driver."""
    reaching = {
        name
        for name, module in _all_modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and (node.attr == "_meta" or (name.startswith("store/") and _is_private(node)))
    }
    assert reaching == {"store/orm.py", "store/postgres.py"}


def _is_private(node: ast.Attribute) -> bool:
    """Tell whether an attribute is another's private one."""
    of_its_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    return node.attr.startswith("_") and not node.attr.startswith("__") and not of_its_own
