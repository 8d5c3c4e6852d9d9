"""Plans answer the plain part of a document; they are made once for each set of conditions."""

import gc
from contextlib import aclosing
from typing import Any

import pytest
from graphql import execute, parse, subscribe
from graphql.execution.collect_fields import FieldDetails
from strawberry.execution import optimized_is_awaitable

from server.graphql.transport import plans
from server.graphql.transport.executor import MAX_VARIANTS, PlanBook, PlannedExecutor
from tests.factories.graphql.transport.random_schema import Grower, chance, things_schema

PLAIN = "name shout text leaf { id amount } leaves { __typename tint } grid { id } first { name }"
CONDITIONS = " ".join(f"name{n}: name @skip(if: $v{n})" for n in range(6))
VARIABLES = ", ".join(f"$v{n}: Boolean!" for n in range(6))


class CountingExecutor(PlannedExecutor):
    """Records the fields that it executes one by one."""

    executed: list[str]

    def execute_field(self, *args: Any) -> Any:
        """Execute a field."""
        self.executed.append(".".join(map(str, args[3].as_list())))
        return super().execute_field(*args)


def _executed(text: str, book: PlanBook | None = None, **variables: bool) -> list[str]:
    """Return the paths of the fields that were executed one by one."""
    document = parse(text)

    class Executor(CountingExecutor):
        executed: list[str] = []  # noqa: RUF012 a class for each call

    result = execute(
        things_schema,
        document,
        context_value=lambda: Grower(chance(0), 0).branch(),
        variable_values=variables,
        executor_class=Executor,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        plans=book or PlanBook(document),
    )
    assert result.errors is None  # type: ignore[union-attr]
    return Executor.executed


def test_what_is_plain_is_not_executed_field_by_field() -> None:
    """Attributes and methods without arguments are answered in one go, at any depth."""
    assert _executed(f"{{ root {{ {PLAIN} branch {{ {PLAIN} }} branches {{ {PLAIN} }} }} }}") == ["root"]


def test_without_the_switch_every_field_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that their gain can be measured, and a bug traced to them or not."""
    monkeypatch.setattr(plans, "PLANNED", False)
    assert _executed("{ root { name leaf { id } } }") == ["root", "root.name", "root.leaf", "root.leaf.id"]


def test_the_rest_is_executed_beside_what_is_plain() -> None:
    """An argument or an interface needs the executor for its own field, and only for the fields above."""
    text = f'{{ root {{ {PLAIN} echo(words: "x") branches {{ {PLAIN} named {{ name }} }} }} }}'
    below = [f"root.branches.{n}.named" for n in range(3)]
    assert _executed(text) == ["root", "root.echo", "root.branches", *below]


def test_plans_are_kept_for_a_few_conditions_only() -> None:
    """Trying all conditions of a document does not fill the memory."""
    text = f"query ({VARIABLES}) {{ root {{ {CONDITIONS} text }} }}"
    plans = PlanBook(parse(text))
    for number in range(2**6):
        values = {f"v{n}": bool(number >> n & 1) for n in range(6)}
        variant = plans.variant(values)
        assert plans.variant(values) is variant
        assert len(plans._variants) <= MAX_VARIANTS


def test_values_of_other_variables_share_their_plans() -> None:
    """Only the variables of `@skip` and `@include` distinguish plans."""
    plans = PlanBook(parse("query ($n: Int, $v: Boolean!) { root { name @include(if: $v) } }"))
    assert plans.variant({"n": 1, "v": True}) is plans.variant({"n": 2, "v": True})
    assert plans.variant({"n": 1, "v": True}) is not plans.variant({"n": 1, "v": False})


async def test_a_stream_grows_with_none_of_its_events() -> None:
    """After fifty events the selections take as much memory as after one, and each event is answered."""
    document = parse("subscription { changes { name leaf { id } named { name } later { id } } }")
    stream: Any = await subscribe(  # type: ignore[misc]
        things_schema,
        document,
        context_value=lambda: Grower(chance(0), 0).branch(),
        executor_class=PlannedExecutor,
        plans=PlanBook(document),
    )
    kept, answers = [], []
    async with aclosing(stream):
        async for answer in stream:
            answers.append(answer)
            if len(answers) in {1, 50}:
                gc.collect()
                kept.append(sum(type(object_) is FieldDetails for object_ in gc.get_objects()))
            if len(answers) == 50:
                break
    assert kept[0] == kept[1]
    assert all(answer.errors is None and answer.data == answers[0].data for answer in answers)
    assert answers[0].data["changes"]["later"] == {"id": "id"}
