"""Plans only change the time: answers and errors are those of graphql-core's own executor."""

import gc
import json
from collections.abc import Iterator
from inspect import isawaitable
from typing import Any
from unittest import mock

import pytest
from graphql import DocumentNode, execute, parse, validate
from graphql.execution import Executor
from hypothesis import assume, given
from hypothesis import strategies as st
from strawberry.execution import optimized_is_awaitable

from server.graphql.transport import plan_functions, plans
from server.graphql.transport.executor import PlanBook, PlannedExecutor, Tally
from tests.factories.graphql.transport.random_schema import Asker, Grower, chance, things_schema

CHANCE = st.integers(0, 2**32)
OFTEN = st.sampled_from([1, 3, 1_000_000])
ODDITIES = st.sampled_from([0.0, 0.01, 0.05, 0.3])


async def answer_of(
    document: DocumentNode,
    seed: int,
    oddity: float,
    variables: dict[str, Any],
    plans: PlanBook | None,
    tally: Tally | None = None,
) -> tuple[str, list[Any]]:
    """Return an answer as a text, so that the order of fields counts, and its errors."""
    things: Iterator[Any] = (Grower(chance(seed + n), oddity).branch() for n in range(9))
    options: dict[str, Any] = {"executor_class": Executor}
    if plans is not None:
        options = {"executor_class": PlannedExecutor, "plans": plans, "tally": tally}
    result = execute(
        things_schema,
        document,
        context_value=lambda: next(things),
        variable_values=variables,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        **options,
    )
    if isawaitable(result):
        result = await result
    return json.dumps(result.data), [error.formatted for error in result.errors or ()]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Collect what a test dropped while its own filters of warnings hold, not those of the test after it."""
    yield
    gc.collect()


# graphql-core itself drops coroutines that a sibling's error has made useless.
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*coroutine object:pytest.PytestUnraisableExceptionWarning")
@given(words=CHANCE, seeds=st.lists(CHANCE, min_size=1, max_size=3), oddity=ODDITIES, often=OFTEN)
async def test_plans_answer_as_the_plain_executor_does(
    words: int, seeds: list[int], oddity: float, often: int
) -> None:
    """For any document, objects and conditions, the first time and again, compiled and not."""
    document = parse(Asker(chance(words)).document())
    plans = PlanBook(document)
    with mock.patch.object(plan_functions, "OFTEN", often):
        for seed in seeds:
            for variables in ({"yes": True}, {"yes": False, "no": True}, {"yes": True}):
                plain = await answer_of(document, seed, oddity, variables, None)
                assert await answer_of(document, seed, oddity, variables, plans) == plain


@given(words=CHANCE, seed=CHANCE, often=OFTEN)
async def test_plans_count_what_the_executor_counts(words: int, seed: int, often: int) -> None:
    """An answer without nulls costs the same points, whoever has put it together."""
    document, points, answer = parse(Asker(chance(words)).document()), [], ""
    for planned in (True, False):
        tally = Tally()
        with mock.patch.object(plans, "PLANNED", planned), mock.patch.object(plan_functions, "OFTEN", often):
            answer, errors = await answer_of(document, seed, 0.0, {"yes": True}, PlanBook(document), tally)
        assert not errors
        points.append(tally.points)
    assume("null" not in answer)
    assert points[0] == points[1]


@given(words=CHANCE)
def test_the_documents_are_valid(words: int) -> None:
    """The random documents pass the validation."""
    assert validate(things_schema, parse(Asker(chance(words)).document())) == []
