"""A schema with one of each kind, answers that are mostly right, and random documents."""

from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, cast

import strawberry
from strawberry.schema.config import StrawberryConfig

from server.graphql.schema.scalars import SCALARS, Credits


@strawberry.enum
class Color(Enum):
    """An enum."""

    RED = "r"
    BLUE = "b"


@strawberry.interface
class Named:
    """The interface of both types."""

    name: str


@strawberry.type
class Leaf(Named):
    """An object without children."""

    id: strawberry.ID
    amount: Credits
    tint: Color | None


@strawberry.type
class Branch(Named):
    """An object with children: some at once, some after a wait."""

    text: str | None
    count: int | None
    ratio: float
    flag: bool
    color: Color
    leaf: Leaf
    branch: "Branch | None"
    named: Named | None
    words: list[str]
    leaves: list[Leaf]
    branches: list["Branch | None"] | None
    grid: list[list[Leaf]]

    @strawberry.field
    def shout(self) -> str:
        """Return the name in capitals; fails if it is not a text."""
        return self.name.upper()

    @strawberry.field
    def first(self) -> Leaf | None:
        """Return the first leaf; fails if there is no list."""
        return self.leaves[0] if self.leaves else None

    @strawberry.field
    def echo(self, words: str = "") -> str:
        """Return the argument."""
        return f"{self.name}{words}"

    @strawberry.field
    async def later(self) -> Leaf:
        """Return the leaf, after a while."""
        return self.leaf

    @strawberry.field
    async def later_branches(self) -> "list[Branch | None] | None":
        """Return the branches, after a while."""
        return self.branches


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def root(self, info: strawberry.Info) -> Branch | None:
        """Return an object at once."""
        return cast("Branch | None", info.context())

    @strawberry.field
    async def later_root(self, info: strawberry.Info) -> Branch:
        """Return an object, after a while."""
        return cast("Branch", info.context())


@strawberry.type
class Mutation:
    """Mutations, which run one after the other."""

    @strawberry.field
    async def change(self, info: strawberry.Info) -> Branch | None:
        """Return an object, after a while."""
        return cast("Branch | None", info.context())


@strawberry.type
class Subscription:
    """An endless subscription."""

    @strawberry.subscription
    async def changes(self, info: strawberry.Info) -> AsyncGenerator[Branch, None]:
        """Yield one object after the other."""
        while True:
            yield cast("Branch", info.context())


things_schema: Any = strawberry.Schema(
    Query, Mutation, Subscription, types=[Leaf, Branch], config=StrawberryConfig(scalar_map=SCALARS)
)._schema


def chance(seed: int) -> Random:
    """Return the random source for a seed."""
    return Random(seed)  # noqa: S311 it has to be predictable


class LikeLeaf(Leaf):
    """A subclass of a leaf."""


class Later:
    """An awaitable."""

    def __init__(self, value: object) -> None:
        """Take its result."""
        self._value = value

    def __repr__(self) -> str:
        return "Later"

    def __await__(self) -> Generator[None, None, object]:
        """Wait for nothing."""
        yield from ()
        return self._value


@dataclass
class Grower:
    """Grows random objects from a seed; `oddity` is the share of wrong attributes."""

    chance: Random
    oddity: float

    def branch(self, depth: int = 2) -> Any:
        """Grow a branch."""
        below = [self.branch(depth - 1) for _ in range(3)] if depth else [None] * 3
        leaves = [self.leaf() for _ in range(3)]
        thing = Branch(
            name=self._maybe("branch"),
            text=self._maybe("text"),
            count=self._maybe(7),
            ratio=self._maybe(0.5),
            flag=self._maybe(value=True),
            color=self._maybe(Color.BLUE),
            leaf=self._maybe(leaves[0]),
            branch=self._maybe(below[0]),
            named=self._maybe(self.chance.choice([leaves[1], below[1]])),
            words=self._maybe(["a", "b", self._maybe("c")]),
            leaves=self._maybe(leaves),
            branches=self._maybe(below),
            grid=self._maybe([leaves[:1], leaves[1:]]),
        )
        if self.chance.random() < self.oddity:
            del thing.text
        return self._maybe(thing)

    def leaf(self) -> Any:
        """Grow a leaf."""
        kind = LikeLeaf if self.chance.random() < self.oddity else Leaf
        return self._maybe(
            kind(
                name=self._maybe("leaf"),
                id=self._maybe("id"),
                amount=self._maybe(49_500),
                tint=self._maybe(Color.RED),
            )
        )

    def _maybe(self, value: Any) -> Any:
        if self.chance.random() >= self.oddity:
            return value
        odd: list[Callable[[], Any]] = [
            lambda: None,
            lambda: Later(value),
            lambda: ValueError("odd"),
            lambda: 2**40,
            lambda: "r",
            lambda: {"name": "dict"},
            lambda: (value,),
            lambda: [value],
            lambda: True,
        ]
        return self.chance.choice(odd)()


PLAIN = (
    "__typename",
    "name",
    "text",
    "count",
    "ratio",
    "flag",
    "color",
    "words",
    "shout",
    'echo(words: "x")',
)
OF_LEAF = ("__typename", "name", "id", "amount", "tint")
LEAVES = ("leaf", "leaves", "grid", "first", "later")
USE = "__typename @include(if: $yes) @skip(if: $no)"
BRANCHES = ("branch", "branches", "laterBranches")


@dataclass
class Asker:
    """Writes valid random documents, with the variables `$yes` and `$no` in conditions."""

    chance: Random
    fragments: list[str] = field(default_factory=list)

    def document(self) -> str:
        """Write a document."""
        kind, names = self.chance.choice(
            (("query", ("root", "laterRoot")), ("mutation", ("a: change", "b: change")))
        )
        roots = " ".join(f"{name} {{ {self._of_branch(3)} }}" for name in names)
        text = f"{kind} ($yes: Boolean!, $no: Boolean = false) {{ {roots} {USE} }}"
        return " ".join([text, *self.fragments])

    def _of_branch(self, depth: int) -> str:
        parts = [self._field(name) for name in self.chance.sample(PLAIN, self.chance.randint(1, 4))]
        leaves = [self.chance.choice(LEAVES) for _ in range(self.chance.randint(0, 2))]
        parts += [f"{self._field(name)} {{ {self._of_leaf()} }}" for name in leaves]
        branches = [self.chance.choice(BRANCHES) for _ in range(self.chance.randint(0, 2) if depth else 0)]
        parts += [f"{self._field(name)} {{ {self._of_branch(depth - 1)} }}" for name in branches]
        if self.chance.random() < 0.4:
            on_branch = f"... on Branch {{ {self._of_branch(0)} }}"
            parts.append(f"named {{ name {on_branch} ... on Leaf {{ {self._of_leaf()} }} }}")
        return self._shuffled(parts, "Branch")

    def _of_leaf(self) -> str:
        names = self.chance.sample(OF_LEAF, self.chance.randint(1, 4))
        return self._shuffled([self._field(name) for name in names], "Leaf")

    def _field(self, name: str) -> str:
        """Select a field, sometimes with an alias (that no other field has) or a condition."""
        bare = name.partition("(")[0].strip("_")
        alias = f"{bare}{self.chance.randint(0, 1)}: " if self.chance.random() < 0.3 else ""
        return f"{alias}{name}{self._condition()}"

    def _condition(self) -> str:
        if self.chance.random() < 0.8:
            return ""
        test = self.chance.choice(("true", "false", "$yes", "$no"))
        return f" @{self.chance.choice(('skip', 'include'))}(if: {test})"

    def _shuffled(self, parts: list[str], on: str) -> str:
        """Put the parts in random order, some of them twice, some of them in fragments."""
        parts = self.chance.sample(parts, len(parts)) + self.chance.choices(parts, k=1)
        first, rest = " ".join(parts[:1]), " ".join(parts[1:])
        way = self.chance.randint(0, 4)
        if way == 0:
            return f"{first} ... {{ {rest} }}"
        if way == 1:
            return f"...{self._condition()} {{ {first} }} ... on {on} {{ {rest} }}"
        if way == 2:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {on} {{ {rest} }}")
            return f"{first} ...{name}{self._condition()} ...{name}"
        return f"{first} {rest}"
