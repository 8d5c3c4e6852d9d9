"""Properties of a fair queue, whatever comes and goes."""

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from server.kit.fair_queue import FairQueue

paths = st.tuples(st.sampled_from("ab"), st.sampled_from("cde"))
steps = st.lists(st.tuples(st.sampled_from(["push", "pop", "drop", "discard"]), paths), max_size=40)


@given(steps)
def test_it_holds_what_came_and_has_not_gone(taken: list[tuple[str, tuple[str, str]]]) -> None:
    """Each item comes out once; within a lane the oldest first, but the newest is dropped first."""
    queue: FairQueue[int] = FairQueue()
    held: dict[tuple[str, str], list[int]] = {}
    for number, (step, path) in enumerate(taken):
        lane = held.setdefault(path, [])
        if step == "push":
            queue.push(path, number)
            lane.append(number)
        elif step == "discard":
            assert queue.discard(path, lane[-1] if lane else number) is bool(lane)
            del lane[-1:]
        elif queue and step == "pop":
            item = queue.pop()
            [lane] = [each for each in held.values() if item in each]
            assert item == lane.pop(0)
        elif queue:
            item = queue.drop()
            [lane] = [each for each in held.values() if item in each]
            assert item == lane.pop()
        assert len(queue) == sum(map(len, held.values()))
    assert sorted(queue.pop() for _ in range(len(queue))) == sorted(chain(*held.values()))


@given(st.lists(paths, min_size=1, max_size=40))
def test_nobody_waits_for_more_than_a_turn_of_each_other(waiting: list[tuple[str, str]]) -> None:
    """Between two turns of a waiting group, each other group has at most one."""
    queue: FairQueue[tuple[str, str]] = FairQueue()
    for path in waiting:
        queue.push(path, path)
    left = Counter(group for group, _ in waiting)
    served: list[str] = []
    while queue:
        group, _ = queue.pop()
        served.append(group)
        left[group] -= 1
        if left["a"] and left["b"]:
            assert len({*served[-2:]}) == min(len(served), 2)


@given(st.lists(paths, min_size=1, max_size=40))
def test_what_is_dropped_is_of_the_longest(waiting: list[tuple[str, str]]) -> None:
    """It comes from the longest lane of the longest group."""
    queue: FairQueue[tuple[str, str]] = FairQueue()
    for path in waiting:
        queue.push(path, path)
    groups, lanes = Counter(group for group, _ in waiting), Counter(waiting)
    dropped = queue.drop()
    assert groups[dropped[0]] == max(groups.values())
    assert lanes[dropped] == max(count for path, count in lanes.items() if path[0] == dropped[0])
