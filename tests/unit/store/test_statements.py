"""Statements are only in the store: no other module writes SQL, or asks the ORM for rows.

Exceptions are listed here, each with its reason.
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

# Code that distinguishes database errors needs the ORM's names for them.
FAULTS = "tortoise.exceptions"
# Connections filter, order and page a scoped query, and need its type (docs/adr/0012).
TYPES = {("tortoise.queryset", "QuerySet"), ("tortoise.models", "Model")}
# The only place that opens transactions.
TRANSACTIONS = {"operations/core/transactions.py": {("tortoise.transactions", "in_transaction")}}


@cache
def _all_modules() -> dict[str, ast.Module]:
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted(ROOT.rglob("*.py"))
    }


def _modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield all modules outside the store."""
    return ((name, module) for name, module in _all_modules().items() if not name.startswith("store/"))


def _imported(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Yield the module, name and local name of each import."""
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.module or "", alias.name, alias.asname or alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, "", alias.asname or alias.name


def test_nobody_else_asks_a_model_for_rows() -> None:
    """Or makes one write itself."""
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
    """No text elsewhere begins like a statement."""
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
    """Its exceptions; for the edge, the types of queries; and, in one place, transactions."""
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
    """And the two that work around the databases' drivers."""
    reaching = {
        name
        for name, module in _all_modules().items()
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and (node.attr == "_meta" or (name.startswith("store/") and _is_private(node)))
    }
    assert reaching == {"store/orm.py", "store/postgres.py", "store/sqlite.py"}


def _is_private(node: ast.Attribute) -> bool:
    """Tell whether an attribute is another's private one."""
    of_its_own = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
    return node.attr.startswith("_") and not node.attr.startswith("__") and not of_its_own
