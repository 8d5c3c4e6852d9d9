"""Jobs carried out together, with any weight, time and result."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.exceptions import IntegrityError

from server.errors import InvalidInput
from server.operations.core.batcher import Batches

KEYS, MOST = "xy", 6
# Several of each kind, to see that each error reaches its own caller.
ENDINGS = st.sampled_from(("done", "refused", "poisonous"))
JOBS = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(1, 9), ENDINGS, st.integers(0, 2)), max_size=30)


class Model:
    """Carries out numbered jobs with given results, and records its batches."""

    def __init__(self, jobs: Sequence[tuple[str, int, str, int]]) -> None:
        """Take all jobs: key, weight, result, and after how many turns of the loop each comes."""
        self.jobs = jobs
        self.batches: dict[str, list[list[int]]] = {key: [] for key in KEYS}
        self.carried_out: list[int] = []
        self.at_once = dict.fromkeys(KEYS, 0)

    async def carry_out(self, numbers: Sequence[int]) -> list[int | BaseException]:
        """Fail for a poisonous job, otherwise give each its number or its refusal."""
        [key] = {self.jobs[number][0] for number in numbers}
        self.at_once[key] += 1
        assert self.at_once[key] == 1
        self.batches[key].append([*numbers])
        await asyncio.sleep(0)
        self.at_once[key] -= 1
        endings = {number: self.jobs[number][2] for number in numbers}
        if "poisonous" in endings.values():
            raise IntegrityError(",".join(map(str, numbers)))
        self.carried_out += numbers
        return [InvalidInput(str(job)) if end == "refused" else job for job, end in endings.items()]


async def _all_of(batches: Batches, model: Model) -> list[int | BaseException]:
    """Submit each job at its time, and return its result."""

    async def come(number: int) -> int:
        return await batches.join(
            model.jobs[number][0], number, model.carry_out, weight=model.jobs[number][1], max_weight=MOST
        )

    tasks = []
    for number, (_, _, _, turns) in enumerate(model.jobs):
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks.append(asyncio.create_task(come(number)))
    return await asyncio.gather(*tasks, return_exceptions=True)


@given(JOBS)
@settings(deadline=None)
def test_everyone_gets_exactly_what_became_of_the_own_job(jobs: list[tuple[str, int, str, int]]) -> None:
    """With any weights and results: in order, one batch of a key at a time, none over its bound."""
    model = Model(jobs)
    results = asyncio.run(_all_of(Batches(), model))
    for number, ((_, _, ending, _), result) in enumerate(zip(jobs, results, strict=True)):
        if ending == "done":
            assert result == number
        else:
            assert type(result) is (InvalidInput if ending == "refused" else IntegrityError)
            assert str(result) == str(number)
    assert sorted(model.carried_out) == [n for n, job in enumerate(jobs) if job[2] != "poisonous"]
    for key, batches in model.batches.items():
        assert all(len(batch) == 1 or sum(jobs[n][1] for n in batch) <= MOST for batch in batches)
        firsts = list(dict.fromkeys(number for batch in batches for number in batch))
        assert firsts == [number for number, job in enumerate(jobs) if job[0] == key]
