"""The functions of plans: each makes one object's part of an answer.

What is answered often becomes code of its own, in which the fields are no calls: a page of 50 users takes 0.85 of the
time. Making that code takes as long as some fifty answers. So a function begins without, and a large one stays so:
otherwise whoever sends ever new documents, or one of two thousand fields, would have the event loop compile for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.graphql.transport.pricing import weight

Reader = Callable[[Any], Any]
"""Reads a field's value from its object."""

Completer = Callable[[Any], Any]
"""Turns a resolved value into its part of the answer."""

OFTEN = 100
"""After so many answers a function is compiled."""
MAX_COMPILED = 50
"""More fields are not compiled."""


class Odd(Exception):
    """A value that is for the executor to judge."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one field is answered.

    A value of the `native` class needs no completing; a field that `contains` has an object or a list as its value.
    """

    read: Reader
    attribute: str | None
    complete: Completer
    native: type | None
    is_nullable: bool
    contains: bool

    def answer(self, source: Any) -> Any:
        """Return the field's part of the answer."""
        value = self.read(source)
        if (self.is_nullable and value is None) or (self.native is not None and type(value) is self.native):
            return value
        return self.complete(value)


Steps = Sequence[tuple[str, Step | None]]
"""How each field is answered, by its key; None for one that is the executor's, and has a null in its place."""


def put_together(steps: Steps, classes: frozenset[type], points: list[int] | None) -> Completer:
    """Return what answers an object of these classes, and adds to the points what the object costs by itself."""
    run = _interpreted(steps, classes, points)
    if len(steps) > MAX_COMPILED:
        return run
    answered = 0

    def answer(source: Any) -> Any:
        nonlocal run, answered
        if answered < OFTEN:
            answered += 1
            if answered == OFTEN:
                run = _compiled(steps, classes, points)
        return run(source)

    return answer


def _interpreted(steps: Steps, classes: frozenset[type], points: list[int] | None) -> Completer:
    containers = [key for key, step in steps if step is not None and step.contains]

    def answer(source: Any) -> dict[str, Any]:
        if type(source) not in classes:
            raise Odd
        shown = {key: None if step is None else step.answer(source) for key, step in steps}
        if points is not None:
            # An object or a list is no leaf, and a null is one.
            points[0] += weight(len(steps) - sum(shown[key] is not None for key in containers))
        return shown

    return answer


def _compiled(steps: Steps, classes: frozenset[type], points: list[int] | None) -> Completer:
    """Return the same as code. Its text has names chosen here, attributes that `isidentifier`, and keys as literals."""
    lines = ["def answer(source):", "  if type(source) not in classes: raise Odd"]
    names: dict[str, Any] = {"classes": classes, "Odd": Odd}
    for place, (_, step) in enumerate(steps):
        if step is None:
            lines.append(f"  v{place} = None")
            continue
        names |= {f"read{place}": step.read, f"native{place}": step.native, f"complete{place}": step.complete}
        by_name = step.attribute is not None and step.attribute.isidentifier()
        lines.append(f"  v{place} = " + (f"source.{step.attribute}" if by_name else f"read{place}(source)"))
        conditions = [f"v{place} is not None"] * step.is_nullable
        conditions += [f"type(v{place}) is not native{place}"] * (step.native is not None)
        lines.append(f"  if {' and '.join(conditions) or 'True'}: v{place} = complete{place}(v{place})")
    if points is not None:
        below = [f"(v{place} is not None)" for place, (_, step) in enumerate(steps) if step and step.contains]
        names |= {"points": points, "own": [weight(len(steps) - count) for count in range(len(below) + 1)]}
        lines.append(f"  points[0] += own[{' + '.join(below) or 0}]")
    answers = ", ".join(f"{key!r}: v{place}" for place, (key, _) in enumerate(steps))
    exec("\n".join([*lines, f"  return {{{answers}}}"]), names)  # noqa: S102 see above
    return cast("Completer", names["answer"])
