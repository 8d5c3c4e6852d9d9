"""Who may ask for which field: declared on each type or field. Without a declaration, nobody may.

Rights depend on the caller, never on the row: rows that the caller may not see are never found (see
`store.queries.visible_rows`). So a whole document is allowed or refused before it runs, and nested types,
fragments, `node` or subscriptions can't get round that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, ParamSpec, TypeVar, cast, dataclass_transform

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

from server.errors import Forbidden, Unauthenticated
from server.graphql.schema import enums  # noqa: F401 enums have to be declared before the types that use them
from server.operations.core.principals import USER_SCOPES, Principal, Scope

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

ACCESS = "access"
TYPE_ACCESS = "__access__"


class Access(Enum):
    """Who may ask for a field. All members except the first also need the scopes that they name.

    Creating a user, or sending events to a URL, gives rights away. A caller can't give rights that it does
    not have.
    """

    ANYONE = (False, None)
    SIGNED_IN = (False, Scope.READ)
    SIGNED_IN_ANY_SCOPE = (False, "")
    HOLDER_ANY_SCOPE = (True, "")
    SENDER = (False, Scope.SEND)
    HOLDER = (True, Scope.READ)
    MANAGER = (True, Scope.MANAGE)
    MANAGING_READER = (True, frozenset({Scope.MANAGE, Scope.READ}))
    MAKER = (True, frozenset({Scope.MANAGE, *USER_SCOPES}))
    TREASURER = (True, Scope.CREDITS)
    OPERATOR = (True, Scope.OPERATE)

    def check(self, principal: Principal | None) -> None:
        """Check that the principal may ask.

        Raises:
            Unauthenticated: nobody is signed in.
            Forbidden: only the holder may ask and this is an API user, or a scope is missing.
        """
        holders_only, scope = self.value
        if scope is None:
            return
        if principal is None:
            raise Unauthenticated("Sign in first.")
        if holders_only and principal.is_user:
            raise Forbidden("An API user sees only itself and its messages.")
        needed = {scope} if isinstance(scope, Scope) else set(scope)
        lacking = sorted(needed - principal.scopes)
        if lacking:
            raise Forbidden(f"This needs the scope {' and '.join(map(str.upper, lacking))}.")


def field(*, description: str, access: Access | None = None, **options: Any) -> Any:
    """Declare a field of an object type. Without its own access it has its type's."""
    return strawberry.field(description=description, metadata={ACCESS: access}, **options)


def resolved(
    *, description: str, access: Access | None = None, **options: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a field that the decorated method resolves; otherwise like `field`."""
    declare: Callable[[Callable[P, R]], Callable[P, R]] = field(
        description=description, access=access, **options
    )
    return declare


def of_row(
    type_: Any, show: Callable[[Any], object], *, description: str, access: Access | None = None
) -> Any:
    """Declare a field that is computed from its object's `row`, only if an answer asks for it."""

    def resolve(root: Any) -> Any:
        return show(root.row)

    return field(description=description, access=access, resolver=resolve, graphql_type=type_)


def subscription(*, description: str, access: Access) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a subscription and who may ask for it."""
    declare: Callable[[Callable[P, R]], Callable[P, R]] = strawberry.subscription(
        description=description, metadata={ACCESS: access}
    )
    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(field, strawberry.field))
def object_type(*, access: Access, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Declare an object type and who may ask for its fields."""

    def declare(cls: type[T]) -> type[T]:
        setattr(cls, TYPE_ACCESS, access)
        return strawberry.type(cls, name=name, description=description)

    return declare


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operation requires of its caller; `field` is one of the fields that require it."""

    access: Access | None
    field: str

    def check(self, principal: Principal | None) -> None:
        """Check that the principal may ask.

        Raises:
            Unauthenticated, Forbidden: as `Access.check`.
        """
        if self.access is None:
            raise Forbidden(f"Nobody may ask for {self.field}.")
        try:
            self.access.check(principal)
        except Forbidden as error:
            raise Forbidden(f"{self.field}: {error.message}") from None


class AccessMap:
    """Who may ask for each field of a schema's object types and interfaces."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._accesses = {
            (type_.name, field_name): access
            for type_ in schema.type_map.values()
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
            for field_name in type_.fields
            if (access := _declared(type_, field_name)) is not None
        }

    def access_of(self, type_name: str, field_name: str) -> Access | None:
        """Return who may ask for a field, or None if nobody may."""
        return self._accesses.get((type_name, field_name))

    def requirements(
        self, document: DocumentNode, operation: OperationDefinitionNode
    ) -> tuple[Requirement, ...]:
        """Return what a valid operation requires: one requirement for each access of its possible fields."""
        requirements: dict[Access | None, Requirement] = {}
        for type_name, field_name in sorted(set(_Walk(self._schema, document).fields(operation))):
            access = self.access_of(type_name, field_name)
            requirements.setdefault(access, Requirement(access, f"{type_name}.{field_name}"))
        return tuple(requirements.values())


class _Walk:
    """Visits every field that an operation could select, and each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._seen: set[str] = set()

    def fields(self, operation: OperationDefinitionNode) -> Iterator[tuple[str, str]]:
        """Yield (type, field) for each field that the operation could select."""
        root = self._schema.get_root_type(operation.operation)
        if root is not None:
            yield from self._selection(operation.selection_set, root)

    def _selection(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType
    ) -> Iterator[tuple[str, str]]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield from self._field(node, parent)
                continue
            if isinstance(node, InlineFragmentNode):
                on = node.type_condition
                target = self._schema.type_map[on.name.value] if on else parent
                yield from self._selection(node.selection_set, target)
                continue
            fragment = self._fragments[cast("FragmentSpreadNode", node).name.value]
            if fragment.name.value not in self._seen:
                self._seen.add(fragment.name.value)
                target = self._schema.type_map[fragment.type_condition.name.value]
                yield from self._selection(fragment.selection_set, target)

    def _field(self, node: FieldNode, parent: GraphQLNamedType) -> Iterator[tuple[str, str]]:
        name = node.name.value
        if name.startswith("__"):
            return
        yield parent.name, name
        definition = getattr(parent, "fields", {}).get(name)
        if node.selection_set is not None and definition is not None:
            yield from self._selection(node.selection_set, get_named_type(definition.type))


def _declared(type_: GraphQLObjectType | GraphQLInterfaceType, field_name: str) -> Access | None:
    definition = type_.extensions.get("strawberry-definition")
    graphql_field = type_.fields[field_name].extensions.get("strawberry-definition")
    own = graphql_field.metadata.get(ACCESS) if graphql_field is not None else None
    if own is not None or definition is None:
        return own
    # A generic type (an edge) is copied for each concrete type, and its access holds for all copies. Nothing
    # else is inherited: a type that declares no access is closed to everybody.
    access: Access | None = vars((definition.concrete_of or definition).origin).get(TYPE_ACCESS)
    return access
