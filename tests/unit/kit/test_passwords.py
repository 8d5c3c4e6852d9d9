"""Password hashing."""

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Any

import argon2
import pytest

from server.errors import ErrorCode, Overloaded
from server.kit.clock import ManualClock
from server.kit.passwords import MAX_PASSWORD_CHARS, Flow, PasswordHasher
from server.settings.security import SecuritySettings


def make_hasher(clock: ManualClock | None = None, **bounds: int) -> PasswordHasher:
    """Return a hasher with argon2's cheapest parameters."""
    cheap = {"time_cost": 1, "memory_cost_kib": 8, "parallelism": 1}
    return PasswordHasher(clock=clock or ManualClock(0), **(cheap | bounds))


def run(work: Coroutine[Any, Any, None], *hashers: PasswordHasher) -> None:
    """Run a test's coroutine, and close its hashers in any case."""
    try:
        asyncio.run(work)
    finally:
        for hasher in hashers:
            hasher.close()


class Spy:
    """Records every run of argon2's verification, and its thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Wrap the library's hasher."""
        self.hashes: list[str] = []
        self.threads: set[threading.Thread] = set()
        original = argon2.PasswordHasher.verify

        def verify(hasher: argon2.PasswordHasher, stored_hash: str, password: bytes) -> bool:
            self.hashes.append(stored_hash)
            self.threads.add(threading.current_thread())
            return original(hasher, stored_hash, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", verify)


class Gate:
    """Blocks all hashing until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the library's hashing with waiting."""
        self.opened = threading.Event()
        self.entered = threading.Event()

        def wait(_hasher: argon2.PasswordHasher, _password: bytes) -> str:
            self.entered.set()
            self.opened.wait()
            return "hashed"

        monkeypatch.setattr(argon2.PasswordHasher, "hash", wait)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    """Return a spy on argon2's verification."""
    return Spy(monkeypatch)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Return a closed gate before argon2's hashing, and open it at the end."""
    gate = Gate(monkeypatch)
    yield gate
    gate.opened.set()


def test_only_the_right_password_verifies() -> None:
    """A hash matches only its password, in the same case."""
    hasher = make_hasher()

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "Abcd1234") is True
        assert await hasher.verify(stored, "abcd1234") is False
        assert await hasher.verify(stored, "") is False

    run(scenario(), hasher)


def test_hashes_are_salted_argon2id() -> None:
    """Two hashes of one password differ, name argon2id, and don't contain the password."""
    hasher = make_hasher()

    async def scenario() -> None:
        first, second = await hasher.hash("Abcd1234"), await hasher.hash("Abcd1234")
        assert first != second
        assert first.startswith("$argon2id$v=19$m=8,t=1,p=1$")
        assert "Abcd1234" not in first

    run(scenario(), hasher)


def test_the_default_parameters_are_those_of_rfc_9106() -> None:
    """The default is the memory-constrained choice of RFC 9106 §4."""
    its = SecuritySettings()
    hasher = PasswordHasher(
        clock=ManualClock(0), time_cost=its.password_time_cost, memory_cost_kib=its.password_memory_kib
    )
    present = "$argon2id$v=19$m=65536,t=3,p=4$" + "A" * 22 + "$" + "A" * 43
    assert hasher.needs_rehash(present) is False
    hasher.close()


@pytest.mark.parametrize("change", [("m=8", "m=16"), ("t=1", "t=2"), ("argon2id", "argon2i")])
def test_a_hash_with_other_parameters_needs_to_be_made_anew(change: tuple[str, str]) -> None:
    """A hash with the current parameters may stay; any other needs rehashing."""
    hasher = make_hasher()

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert hasher.needs_rehash(stored) is False
        assert hasher.needs_rehash(stored.replace(*change)) is True

    run(scenario(), hasher)


def test_the_work_is_done_in_other_threads(spy: Spy) -> None:
    """The event loop's thread never runs argon2."""
    hasher = make_hasher()

    async def scenario() -> None:
        await hasher.verify(await hasher.hash("Abcd1234"), "Abcd1234")
        await hasher.verify_absent("Abcd1234")

    run(scenario(), hasher)
    assert len(spy.hashes) == 2
    assert threading.main_thread() not in spy.threads
    assert all(thread.name.startswith("passwords") for thread in spy.threads)


def test_an_absent_user_costs_the_same_work_as_a_wrong_password(spy: Spy) -> None:
    """For a login that does not exist, argon2 runs once with the same parameters, and says no."""
    hasher = make_hasher(time_cost=2, memory_cost_kib=32, parallelism=2)

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "wrong") is False
        assert await hasher.verify_absent("wrong") is False

    run(scenario(), hasher)
    known, absent = spy.hashes
    assert argon2.extract_parameters(known) == argon2.extract_parameters(absent)


def test_the_hash_of_the_absent_is_each_processes_own(spy: Spy) -> None:
    """Nobody can look up the hash for absent users."""
    first, second = make_hasher(), make_hasher()

    async def scenario() -> None:
        await first.verify_absent("x")
        await second.verify_absent("x")

    run(scenario(), first, second)
    assert spy.hashes[0] != spy.hashes[1]


def test_a_text_without_utf8_is_a_wrong_password() -> None:
    """Half a surrogate pair, which JSON may contain, raises no error."""
    hasher = make_hasher()

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "\ud800") is False
        assert await hasher.verify_absent("\udfff") is False

    run(scenario(), hasher)


def test_a_password_beyond_the_bound_never_matches(spy: Spy) -> None:
    """A longer text is wrong even if its beginning is right, and costs the same work."""
    hasher = make_hasher()
    longest = "x" * MAX_PASSWORD_CHARS

    async def scenario() -> None:
        stored = await hasher.hash(longest)
        assert await hasher.verify(stored, longest + "x") is False
        assert await hasher.verify(stored, longest + "x") is False
        assert await hasher.verify(stored, longest) is True

    run(scenario(), hasher)
    assert MAX_PASSWORD_CHARS == 1_024
    assert len(spy.hashes) == 3


def test_a_stored_hash_that_is_none_is_a_fault() -> None:
    """A damaged database is not mistaken for a wrong password."""
    hasher = make_hasher()

    async def scenario() -> None:
        with pytest.raises(argon2.exceptions.InvalidHashError):
            await hasher.verify("plain text", "plain text")

    run(scenario(), hasher)


def test_a_positive_verdict_is_remembered_while_it_is_used(spy: Spy) -> None:
    """A script that keeps sending pays for argon2 once; after ten silent minutes it pays again."""
    clock = ManualClock(10**15)
    hasher = make_hasher(clock)

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "Abcd1234")
        for _ in range(100):
            clock.advance(599.999_999)
            assert await hasher.verify(stored, "Abcd1234")
        assert len(spy.hashes) == 1
        clock.advance(600)
        assert await hasher.verify(stored, "Abcd1234")
        assert await hasher.verify(stored, "Abcd1234")
        assert len(spy.hashes) == 2

    run(scenario(), hasher)


def test_a_changed_password_is_forgotten_at_once() -> None:
    """The old password stops working when the stored hash changes, cached or not."""
    hasher = make_hasher()

    async def scenario() -> None:
        old, new = await hasher.hash("Abcd1234"), await hasher.hash("Efgh5678")
        assert await hasher.verify(old, "Abcd1234") is True
        assert await hasher.verify(new, "Abcd1234") is False

    run(scenario(), hasher)


def test_negative_verdicts_are_not_remembered(spy: Spy) -> None:
    """Each wrong attempt costs the full work."""
    hasher = make_hasher()

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "wrong") is False
        assert await hasher.verify(stored, "wrong") is False

    run(scenario(), hasher)
    assert len(spy.hashes) == 2


def test_the_cache_can_be_turned_off(spy: Spy) -> None:
    """With a lifetime of zero seconds, no result is remembered."""
    hasher = make_hasher(cache_seconds=0)

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "Abcd1234")
        assert await hasher.verify(stored, "Abcd1234")

    run(scenario(), hasher)
    assert len(spy.hashes) == 2


def test_the_least_recently_used_verdict_makes_room(spy: Spy) -> None:
    """A full cache drops only the least recently used result."""
    hasher = make_hasher(cache_size=2)

    async def scenario() -> None:
        first, second, third = [await hasher.hash(password) for password in ("one", "two", "three")]
        assert await hasher.verify(first, "one")
        assert await hasher.verify(second, "two")
        assert await hasher.verify(first, "one")
        assert await hasher.verify(third, "three")
        assert len(spy.hashes) == 3
        assert await hasher.verify(first, "one")
        assert await hasher.verify(third, "three")
        assert len(spy.hashes) == 3
        assert await hasher.verify(second, "two")
        assert len(spy.hashes) == 4

    run(scenario(), hasher)


def test_more_than_may_wait_are_throttled(gate: Gate) -> None:
    """One may run and one may wait; the third has to try again in a second."""
    hasher = make_hasher(workers=1, max_waiting=1)

    async def scenario() -> None:
        accepted = [asyncio.create_task(hasher.hash("x")) for _ in range(2)]
        await asyncio.sleep(0)
        for refused in (hasher.hash("x"), hasher.verify("y", "x"), hasher.verify_absent("x")):
            with pytest.raises(Overloaded, match=r"^Too many passwords are being checked") as refusal:
                await refused
            assert refusal.value.retry_after == 1
            assert refusal.value.code is ErrorCode.UNAVAILABLE
        gate.opened.set()
        assert await asyncio.gather(*accepted) == ["hashed", "hashed"]
        assert await hasher.hash("x") == "hashed"

    run(scenario(), hasher)


def test_two_run_and_a_thousand_wait_by_default(gate: Gate) -> None:
    """By default, two passwords are checked at a time and a thousand more may wait."""
    hasher = PasswordHasher(clock=ManualClock(0), time_cost=1, memory_cost_kib=8)

    async def scenario() -> None:
        accepted = [asyncio.create_task(hasher.hash("x")) for _ in range(1_002)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await hasher.hash("x")
        gate.opened.set()
        assert len(await asyncio.gather(*accepted)) == 1_002

    run(scenario(), hasher)


def test_a_caller_that_gives_up_waiting_frees_its_place(gate: Gate) -> None:
    """A cancelled wait leaves the queue; running work keeps its place until it ends."""
    hasher = make_hasher(workers=1, max_waiting=1)

    async def scenario() -> None:
        running = asyncio.create_task(hasher.hash("x"))
        await asyncio.sleep(0)
        gate.entered.wait()
        waiting = asyncio.create_task(hasher.hash("x"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        successor = asyncio.create_task(hasher.hash("x"))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await hasher.hash("x")
        gate.opened.set()
        assert await successor == "hashed"

    run(scenario(), hasher)


@pytest.mark.parametrize("first", ["cancelled", "free"])
def test_a_turn_that_comes_as_its_caller_gives_up_is_the_next_ones(gate: Gate, first: str) -> None:
    """In either order of the two events, no turn is lost."""
    hasher = make_hasher(workers=1)

    async def scenario() -> None:
        running, waiting, last = (asyncio.create_task(hasher.hash("x")) for _ in range(3))
        await asyncio.sleep(0)
        if first == "cancelled":
            waiting.cancel()
        hasher._next()
        if first == "free":
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.opened.set()
        assert list(await asyncio.gather(running, last)) == ["hashed", "hashed"]

    run(scenario(), hasher)


def test_closing_refuses_what_waits(gate: Gate) -> None:
    """At the end of the process nothing more is hashed."""
    hasher = make_hasher(workers=1)

    async def scenario() -> None:
        running, waiting = (asyncio.create_task(hasher.hash("x")) for _ in range(2))
        await asyncio.sleep(0)
        gate.entered.wait()
        threading.Timer(0.01, gate.opened.set).start()
        hasher.close()
        for refused in (waiting, hasher.hash("x")):
            with pytest.raises(Overloaded):
                await refused
        assert await running == "hashed"

    run(scenario(), hasher)


def test_what_gets_its_turn_as_all_is_closed_is_refused(gate: Gate) -> None:
    """Its thread has ended."""
    hasher = make_hasher(workers=1)
    gate.opened.set()

    async def scenario() -> None:
        running, waiting = (asyncio.create_task(hasher.hash("x")) for _ in range(2))
        await asyncio.sleep(0)
        hasher._next()
        hasher.close()
        with pytest.raises(Overloaded):
            await waiting
        assert await running == "hashed"

    run(scenario(), hasher)


def test_a_loop_that_ends_leaves_the_work_in_its_thread(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """Work that ends later has no caller, and raises no error."""
    hasher = make_hasher(workers=1)

    async def scenario() -> None:
        asyncio.create_task(hasher.hash("x"))  # noqa: RUF006 it is abandoned on purpose
        await asyncio.sleep(0)

    asyncio.run(scenario())
    gate.opened.set()
    hasher.close()
    assert not caplog.records


STRANGERS = [Flow(is_known=False, group=f"192.0.2.{number % 4}", name=f"{number}") for number in range(400)]


async def _served(hasher: PasswordHasher, gate: Gate, flows: Sequence[Flow]) -> list[Flow]:
    """Return the flows in the order of their work, if all came during somebody else's."""
    served: list[Flow] = []

    async def ask(flow: Flow) -> None:
        with suppress(Overloaded):
            await hasher.hash("x", flow)
            served.append(flow)

    tasks = [asyncio.create_task(ask(flow)) for flow in (Flow(is_known=True, group="first"), *flows)]
    await asyncio.sleep(0)
    gate.opened.set()
    await asyncio.gather(*tasks)
    return served[1:]


def test_no_crowd_of_strangers_takes_the_turns_of_those_who_are_known(gate: Gate) -> None:
    """A known caller who comes last is served every second turn, however many wait."""
    hasher = make_hasher(workers=1)
    known = [Flow(is_known=True, group=f"tenant {number}") for number in range(10)]
    served: list[Flow] = []

    async def scenario() -> None:
        served.extend(await _served(hasher, gate, [*STRANGERS, *known]))

    run(scenario(), hasher)
    assert [flow for flow in served[:20] if flow.is_known] == known
    assert len(served) == 410


def test_a_tenant_or_network_with_much_to_do_has_the_turns_of_one(gate: Gate) -> None:
    """Turns go between groups, and in a group between its members."""
    hasher = make_hasher(workers=1)
    greedy = [Flow(is_known=True, group="greedy", name="a")] * 100
    modest = [Flow(is_known=True, group="greedy", name="b"), Flow(is_known=True, group="modest")]
    served: list[Flow] = []

    async def scenario() -> None:
        served.extend(await _served(hasher, gate, [*greedy, *modest]))

    run(scenario(), hasher)
    assert {served.index(flow) for flow in modest} == {1, 2}


def test_where_too_many_wait_the_longest_group_is_cut(gate: Gate) -> None:
    """Not the last caller: strangers are refused, and all known callers are served."""
    hasher = make_hasher(workers=1, max_waiting=50)
    known = [Flow(is_known=True, group=f"tenant {number}") for number in range(20)]
    served: list[Flow] = []

    async def scenario() -> None:
        served.extend(await _served(hasher, gate, [*STRANGERS, *known]))

    run(scenario(), hasher)
    assert [flow for flow in served if flow.is_known] == known
    assert len(served) == 50


def test_a_verdict_is_remembered_by_where_it_was_proved() -> None:
    """A matching pair is one fact; that a caller came from a place with it is another."""
    hasher = make_hasher()

    async def scenario() -> None:
        stored = await hasher.hash("Abcd1234")
        assert await hasher.verify(stored, "Abcd1234")
        hasher.remember(stored, "Abcd1234", "192.0.2.1")
        assert hasher.remembers(stored, "Abcd1234")
        assert hasher.remembers(stored, "Abcd1234", "192.0.2.1")
        assert not hasher.remembers(stored, "Abcd1234", "192.0.2.2")
        assert not hasher.remembers(stored, "abcd1234", "192.0.2.1")

    run(scenario(), hasher)


def test_the_threads_give_way_to_the_event_loop() -> None:
    """On a single core, argon2 only takes the time that the loop leaves."""
    hasher = make_hasher()

    async def scenario() -> None:
        await hasher.hash("x")
        [thread] = [each for each in threading.enumerate() if each.name.startswith("passwords")]
        assert thread.native_id is not None
        given_way = 10 * (sys.platform == "linux")  # on systems with a priority for each thread
        own = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, thread.native_id) == min(own + given_way, 19)

    run(scenario(), hasher)
