"""Values that no scalar could read. The field that gets them refuses them, because it knows how to.

A mutation lists them in its `userErrors`, up to a limit; any other field fails with the first one.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from itertools import islice
from typing import Any

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from server.errors import InvalidInput
from server.graphql.schema.errors import AnswerRefusals
from server.graphql.schema.scalars import Malformed

DEFINITION = "strawberry-definition"
MAX_TOLD = 100
"""How many of them are listed at most; a list may have thousands."""


def refuse_malformed(core: GraphQLSchema) -> None:
    """Make every field with arguments look for such values before it does anything."""
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__"):
            for field in type_.fields.values():
                if field.args:
                    _guard(field)


def _guard(field: GraphQLField) -> None:
    extensions = getattr(field.extensions.get(DEFINITION), "extensions", ())
    answers = next((extension for extension in extensions if isinstance(extension, AnswerRefusals)), None)
    if field.resolve is not None:
        field.resolve = _guarded(field.resolve, answers)
    if field.subscribe is not None:
        field.subscribe = _guarded(field.subscribe, None)


def _guarded(resolve: Callable[..., Any], answers: AnswerRefusals | None) -> Callable[..., Any]:
    @wraps(resolve)
    def guarded(source: Any, info: Any, **arguments: Any) -> Any:
        malformed = list(islice(_malformed(arguments), MAX_TOLD))
        if not malformed:
            return resolve(source, info, **arguments)
        if answers is not None:
            # A mutation has one argument, `input`, and its paths start below it.
            return answers.payload(info.context, *(_refusal(path[1:], value) for path, value in malformed))
        path, value = malformed[0]
        raise InvalidInput(f"{'.'.join(path)}: {value.error.message}", code=value.error.code, field=path)

    return guarded


def _malformed(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Malformed]]:
    """Yield the unreadable values, each with its path in the arguments."""
    if isinstance(value, Malformed):
        yield path, value
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield from _malformed(below, (*path, name))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield from _malformed(below, (*path, str(position)))


def _refusal(path: tuple[str, ...], value: Malformed) -> InvalidInput:
    return InvalidInput(value.error.message, code=value.error.code, field=path)
