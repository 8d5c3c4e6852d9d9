"""Jobs of many callers, carried out together: what goes into a batch, and who gets which result."""

import asyncio
from collections.abc import Mapping, Sequence
from contextvars import ContextVar

import asyncpg
import pytest
from structlog.testing import capture_logs
from tortoise.exceptions import IntegrityError, OperationalError

from server.errors import InvalidInput
from server.operations.core import batcher
from server.operations.core.batcher import Batches
from server.store.outages import Outage, outage_of
from tests.factories.running.waiting import eventually

KEY = "key"


def _of_a_value() -> OperationalError:
    """Return Tortoise's error for a value that PostgreSQL can't store."""
    error = OperationalError("invalid input for query argument $1")
    error.__cause__ = asyncpg.DataError("invalid input for query argument $1")
    return error


class Carrier:
    """Answers a job with its text in capitals, or as given, once its gate is open; it records the batches."""

    def __init__(self) -> None:
        """Begin with the gate open."""
        self.batches: list[list[str]] = []
        self.answers: dict[str, BaseException] = {}
        self.raised: dict[str, BaseException] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def carry_out(self, jobs: Sequence[str]) -> list[str | BaseException]:
        """Carry out a batch; raise if one of its jobs is poisonous."""
        self.batches.append([*jobs])
        await self.gate.wait()
        for job in jobs:
            if job in self.raised:
                raise self.raised[job]
        return [self.answers.get(job, job.upper()) for job in jobs]

    async def has_begun(self) -> bool:
        """Tell whether a batch has begun."""
        return bool(self.batches)


async def _first(batches: Batches, carrier: Carrier, *, max_weight: int = 100) -> asyncio.Task[str]:
    """Begin a job that the gate blocks, so that later jobs are queued behind it."""
    carrier.gate.clear()
    task = asyncio.create_task(batches.join(KEY, "first", carrier.carry_out, max_weight=max_weight))
    await eventually(carrier.has_begun)
    return task


async def _behind(
    batches: Batches, carrier: Carrier, jobs: Mapping[str, int] | str
) -> list[asyncio.Task[str]]:
    """Queue jobs in this order: by their weights, or one for each letter."""
    weights = jobs if isinstance(jobs, Mapping) else dict.fromkeys(jobs, 1)
    tasks = [
        asyncio.create_task(batches.join(KEY, job, carrier.carry_out, weight=weight))
        for job, weight in weights.items()
    ]
    await asyncio.sleep(0)  # they come
    return tasks


async def test_nobody_waits_behind_a_read_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked with it is told that the database does not answer, and the next are answered."""
    monkeypatch.setattr(batcher, "READ_SECONDS", 0.05)
    batches, carrier = Batches(), Carrier()
    carrier.gate.clear()
    hanging = [asyncio.ensure_future(batches.read(KEY, job, carrier.carry_out)) for job in "ab"]
    results = await asyncio.gather(*hanging, return_exceptions=True)
    assert [outage_of(result) for result in results if isinstance(result, Exception)] == [Outage.AWAY] * 2
    carrier.gate.set()
    assert await batches.read(KEY, "c", carrier.carry_out) == "C"


async def test_a_job_that_comes_alone_waits_for_nobody() -> None:
    """Several jobs one after the other are separate batches."""
    batches, carrier = Batches(), Carrier()
    assert [await batches.join(KEY, job, carrier.carry_out) for job in "abc"] == ["A", "B", "C"]
    assert carrier.batches == [["a"], ["b"], ["c"]]


async def test_what_comes_meanwhile_makes_up_the_next_batch() -> None:
    """All of it, in order of arrival, and nobody gets a result before it is done."""
    batches, carrier = Batches(), Carrier()
    first = await _first(batches, carrier)
    behind = await _behind(batches, carrier, "abc")
    assert carrier.batches == [["first"]]
    assert not any(task.done() for task in (first, *behind))
    carrier.gate.set()
    assert await asyncio.gather(first, *behind) == ["FIRST", "A", "B", "C"]
    assert carrier.batches == [["first"], ["a", "b", "c"]]


async def test_a_batch_weighs_no_more_than_its_bound() -> None:
    """Unless a single job weighs more; no job overtakes another to fill a batch."""
    batches, carrier = Batches(), Carrier()
    first = await _first(batches, carrier, max_weight=5)
    weights = {"a": 2, "b": 3, "c": 1, "heavy": 9, "d": 1, "e": 5, "f": 4, "g": 1}
    behind = await _behind(batches, carrier, weights)
    carrier.gate.set()
    await asyncio.gather(first, *behind)
    assert carrier.batches == [["first"], ["a", "b"], ["c"], ["heavy"], ["d"], ["e"], ["f", "g"]]


async def test_keys_share_nothing() -> None:
    """While one key's batch runs, another key's batch is carried out."""
    batches, held_up, other = Batches(), Carrier(), Carrier()
    first = await _first(batches, held_up)
    assert await batches.join("another", "a", other.carry_out) == "A"
    assert not first.done()
    held_up.gate.set()
    assert await first == "FIRST"
    assert (held_up.batches, other.batches) == ([["first"]], [["a"]])


@pytest.mark.parametrize(
    "answer", [InvalidInput("no"), ZeroDivisionError("a fault"), OperationalError("away")]
)
async def test_a_result_that_is_an_exception_is_one_callers_alone(answer: Exception) -> None:
    """The others in the batch get their results, and nothing is repeated."""
    batches, carrier = Batches(), Carrier()
    carrier.answers["b"] = answer
    first = await _first(batches, carrier)
    a, b, c = await _behind(batches, carrier, "abc")
    carrier.gate.set()
    assert (await first, await a, await c) == ("FIRST", "A", "C")
    with pytest.raises(type(answer)) as caught:
        await b
    assert caught.value is answer
    assert carrier.batches == [["first"], ["a", "b", "c"]]


@pytest.mark.parametrize(
    "poison",
    [
        IntegrityError("twice"),
        asyncpg.CharacterNotInRepertoireError("NUL"),
        _of_a_value(),
        ZeroDivisionError("a fault"),
        InvalidInput("no"),
    ],
    ids=lambda poison: type(poison).__name__,
)
async def test_a_poisonous_job_fails_alone(poison: Exception) -> None:
    """If it fails a batch, each job of the batch is repeated alone, in order; later jobs are not affected."""
    batches, carrier = Batches(), Carrier()
    carrier.raised["b"] = poison
    first = await _first(batches, carrier)
    a, b, c = await _behind(batches, carrier, "abc")
    carrier.gate.set()
    assert (await first, await a, await c) == ("FIRST", "A", "C")
    with pytest.raises(type(poison)) as caught:
        await b
    assert caught.value is poison
    assert await batches.join(KEY, "later", carrier.carry_out) == "LATER"
    assert carrier.batches == [["first"], ["a", "b", "c"], ["a"], ["b"], ["c"], ["later"]]


@pytest.mark.parametrize(
    "outage",
    [
        OperationalError(asyncpg.DeadlockDetectedError("deadlock detected")),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("unexpected end"),
        ConnectionRefusedError("no"),
    ],
    ids=lambda outage: type(outage).__name__,
)
async def test_when_the_database_is_away_all_hear_of_it(outage: Exception) -> None:
    """Nothing is repeated, which would be another wait for each; later jobs are tried."""
    batches, carrier = Batches(), Carrier()
    carrier.raised["b"] = outage
    first = await _first(batches, carrier)
    behind = await _behind(batches, carrier, "abc")
    carrier.gate.set()
    assert await first == "FIRST"
    assert await asyncio.gather(*behind, return_exceptions=True) == [outage] * 3
    assert await batches.join(KEY, "later", carrier.carry_out) == "LATER"
    assert carrier.batches == [["first"], ["a", "b", "c"], ["later"]]


async def test_a_caller_that_goes_away_changes_nothing_for_the_others() -> None:
    """Whether it began the batch or waits in the queue; its job is still carried out."""
    batches, carrier = Batches(), Carrier()
    first = await _first(batches, carrier)
    a, b, c = await _behind(batches, carrier, "abc")
    with capture_logs() as logs:
        for gone in (first, b):
            gone.cancel()
        await asyncio.wait([first, b])
        assert (first.cancelled(), b.cancelled()) == (True, True)
        carrier.gate.set()
        assert (await a, await c) == ("A", "C")
        await batches.drain()
    assert carrier.batches == [["first"], ["a", "b", "c"]]
    assert logs == []


async def test_a_fault_that_nobody_hears_of_is_logged() -> None:
    """Once, for a job or a whole batch; refusals are not errors, and waiting callers get theirs."""
    batches, carrier = Batches(), Carrier()
    carrier.answers = {
        "b": ZeroDivisionError("a fault"),
        "c": InvalidInput("no"),
        "d": ZeroDivisionError("heard"),
    }
    first = await _first(batches, carrier)
    a, b, c, d = await _behind(batches, carrier, "abcd")
    with capture_logs() as logs:
        for gone in (a, b, c):
            gone.cancel()
        carrier.gate.set()
        with pytest.raises(ZeroDivisionError, match="heard"):
            await d
        await first
        await batches.drain()
    [line] = logs
    assert (line["event"], line["log_level"]) == ("a job failed whose caller is gone", "error")
    assert line["exc_info"] is carrier.answers["b"]


async def test_draining_waits_for_what_is_queued() -> None:
    """For every batch of every key, and for jobs whose callers are gone."""
    batches, carrier, other = Batches(), Carrier(), Carrier()
    other.gate.clear()
    first = await _first(batches, carrier, max_weight=1)
    behind = await _behind(batches, carrier, "ab")
    elsewhere = asyncio.create_task(batches.join("another", "c", other.carry_out))
    await eventually(other.has_begun)
    behind[1].cancel()
    draining = asyncio.create_task(batches.drain())
    carrier.gate.set()
    await asyncio.gather(first, behind[0])
    assert not draining.done()
    other.gate.set()
    await draining
    assert carrier.batches == [["first"], ["a"], ["b"]]
    assert await elsewhere == "C"
    await batches.drain()


async def test_a_batch_is_carried_out_in_no_callers_context() -> None:
    """One caller's context, such as the fields of its log lines, does not reach the others."""
    whose, seen = ContextVar("whose", default="nobody's"), []

    async def carry_out(jobs: Sequence[str]) -> Sequence[str]:
        seen.append(whose.get())
        return jobs

    whose.set("a caller's")
    await Batches().join(KEY, "a", carry_out)
    assert seen == ["nobody's"]


async def test_results_that_do_not_match_the_jobs_leave_nobody_waiting() -> None:
    """That is a bug: the callers of the batch get an error, and later ones are served."""

    async def forgetful(_: Sequence[str]) -> Sequence[str]:
        return []

    batches = Batches()
    with pytest.raises(RuntimeError, match="as many results"):
        await batches.join(KEY, "a", forgetful)
    assert await batches.join(KEY, "b", Carrier().carry_out) == "B"
