"""The schema as a document: exported, described, and shaped as Relay wants it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    is_specified_scalar_type,
)

from server.graphql.schema.schema import schema

CORE: GraphQLSchema = schema._schema
ROOT = Path(__file__).parents[4]

Described = GraphQLNamedType | GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


def _described() -> Iterator[tuple[str, Described]]:
    for type_ in CORE.type_map.values():
        if type_.name.startswith("__") or is_specified_scalar_type(type_):
            continue
        yield type_.name, type_
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{type_.name}.{name}", value) for name, value in type_.values.items())
        if isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{type_.name}.{name}", input) for name, input in type_.fields.items())
    for path, field in _output_fields():
        yield path, field
        yield from ((f"{path}({name})", argument) for name, argument in field.args.items())


def _output_fields() -> Iterator[tuple[str, GraphQLField]]:
    for type_ in CORE.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            yield from ((f"{type_.name}.{name}", field) for name, field in type_.fields.items())


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text)).lower()


def _object(name: str) -> GraphQLObjectType:
    type_ = CORE.type_map[name]
    assert isinstance(type_, GraphQLObjectType)
    return type_


def test_the_exported_schema_is_that_of_the_code() -> None:
    """The schema.graphql that clients generate code from is what this server answers by."""
    exported = (ROOT / "schema.graphql").read_text()
    assert exported == schema.as_str() + "\n", "run 'make schema'"


def test_everything_is_described() -> None:
    """Each type, field, argument, input field and enum value has a sentence that adds to its name."""
    described = dict(_described())
    assert len(described) > 300
    bare = []
    for path, thing in described.items():
        description = (thing.description or "").strip()
        name = path.split("(")[-1].split(".")[-1]
        # An article does not make a name a description.
        own_words = _letters(description.removeprefix("A ").removeprefix("An ").removeprefix("The "))
        if len(description) < 8 or own_words == _letters(name):
            bare.append(path)
    assert not bare


def test_descriptions_are_sentences() -> None:
    """Each description begins with a capital, a quotation mark or a digit, and ends with a full stop."""
    wrong = [
        path
        for path, thing in _described()
        if not (text := thing.description or "").endswith(".") or text[0].islower()
    ]
    assert not wrong


def test_what_null_means_is_said() -> None:
    """Each output field that may be null says when it is; for the root fields, their types say it once."""
    said_once = {
        name for name in ("Query", "Mutation") if "null" in (_object(name).description or "").lower()
    }
    silent = [
        path
        for path, field in _output_fields()
        if not isinstance(field.type, GraphQLNonNull)
        and "null" not in (field.description or "").lower()
        and path.partition(".")[0] not in said_once
    ]
    assert not silent


def test_what_may_be_left_out_has_no_default_of_null() -> None:
    """An optional argument or input field says so by its type, and only real defaults are printed."""
    assert "= null" not in schema.as_str()
    inputs = [thing for _, thing in _described() if isinstance(thing, GraphQLArgument | GraphQLInputField)]
    assert all(input_.default_value is not None for input_ in inputs)
    assert any(input_.default_value is not Undefined for input_ in inputs)


def test_nodes_have_ids() -> None:
    """Every type with an id implements Node, and no others do."""
    node = CORE.type_map["Node"]
    for type_ in CORE.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            assert (node in type_.interfaces) == ("id" in type_.fields), type_.name
            assert "id" not in type_.fields or str(type_.fields["id"].type) == "ID!"


def test_connections_are_relays() -> None:
    """Each connection has edges, nodes and page info of the types that Relay's clients expect."""
    names = [name for name in CORE.type_map if name.endswith("Connection")]
    assert len(names) >= 10
    for name in names:
        connection = _object(name).fields
        edge_name = str(connection["edges"].type).strip("[]!")
        node = str(_object(edge_name).fields["node"].type)
        assert edge_name.endswith("Edge")
        assert str(connection["edges"].type) == f"[{edge_name}!]!"
        assert str(connection["nodes"].type) == f"[{node}]!"
        assert str(connection["pageInfo"].type) == "PageInfo!"
        assert str(_object(edge_name).fields["cursor"].type) == "String!"
        assert node.endswith("!")
    assert {name: str(field.type) for name, field in _object("PageInfo").fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


@pytest.mark.parametrize(
    "path",
    sorted(path for path, field in _output_fields() if str(field.type).strip("!").endswith("Connection")),
)
def test_lists_take_relays_arguments(path: str) -> None:
    """Each paged list takes first and after, last and before."""
    type_name, name = path.split(".")
    arguments = {name: str(argument.type) for name, argument in _object(type_name).fields[name].args.items()}
    expected = {"first": "Int", "after": "String", "last": "Int", "before": "String"}
    assert {key: type_ for key, type_ in arguments.items() if key in expected} == expected


def test_mutations_take_one_input_and_answer_with_a_payload() -> None:
    """Each mutation has its own input, and its own payload with `userErrors`."""
    for name, field in _object("Mutation").fields.items():
        capital = name[0].upper() + name[1:]
        arguments = {key: str(argument.type) for key, argument in field.args.items()}
        assert arguments == ({} if name == "signOut" else {"input": f"{capital}Input!"})
        assert str(field.type) == f"{capital}Payload"
        assert str(_object(f"{capital}Payload").fields["userErrors"].type) == "[UserError!]!"


def test_a_root_field_fails_alone() -> None:
    """What fails is null, so that its siblings' answers are not lost with it; so is what a mutation did not make."""
    for name in ("Query", "Mutation"):
        required = [
            key for key, field in _object(name).fields.items() if isinstance(field.type, GraphQLNonNull)
        ]
        assert required == [], name
    for name in filter(lambda name: name.endswith("Payload"), CORE.type_map):
        for key, field in _object(name).fields.items():
            if isinstance(field.type, GraphQLNonNull):
                assert str(field.type) == "Boolean!" or str(field.type).startswith("["), f"{name}.{key}"
