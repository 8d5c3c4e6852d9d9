"""The functions of plans: the same answers compiled and not, and nothing large or rare is compiled."""

from dataclasses import dataclass
from operator import attrgetter
from unittest import mock

import pytest

from server.graphql.transport import plan_functions
from server.graphql.transport.plan_functions import MAX_COMPILED, OFTEN, Odd, Step, put_together


@dataclass
class Thing:
    """An object that is answered."""

    name: str | None = "x"
    size: int = 3


NAME = Step(attrgetter("name"), "name", str, str, is_nullable=True, contains=False)
SIZE = Step(attrgetter("size"), None, lambda size: [size], None, is_nullable=False, contains=True)
THINGS = frozenset({Thing})


@pytest.mark.parametrize(
    ("fields", "answers", "compilations"),
    [(MAX_COMPILED, OFTEN - 1, 0), (MAX_COMPILED, 2 * OFTEN, 1), (MAX_COMPILED + 1, 2 * OFTEN, 0)],
)
def test_only_what_is_small_and_answered_often_is_compiled(
    fields: int, answers: int, compilations: int
) -> None:
    """The compiler would stop the event loop for whoever sends new documents, or large ones."""
    points = [0]
    steps = [(f"a{number}", NAME if number % 2 else SIZE) for number in range(fields)]
    with mock.patch.object(plan_functions, "_compiled", wraps=plan_functions._compiled) as compiled:
        answer = put_together(steps, THINGS, points)
        expected = answer(Thing())
        each = points[0]
        assert all(answer(Thing()) == expected for _ in range(answers - 1))
    assert compiled.call_count == compilations
    assert points[0] == each * answers


@pytest.mark.parametrize("answered", [0, OFTEN])
def test_nulls_and_strangers(answered: int) -> None:
    """A null is one where one may be; another class is not answered. It makes no odds how often."""
    answer = put_together([("name", NAME), ("rest", None), ("size", SIZE)], THINGS, None)
    for _ in range(answered):
        answer(Thing())
    assert answer(Thing(name=None)) == {"name": None, "rest": None, "size": [3]}
    with pytest.raises(Odd):
        answer(object())
