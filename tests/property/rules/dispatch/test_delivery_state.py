"""Properties of states, however receipts arrive."""

from hypothesis import given
from hypothesis import strategies as st

from server.rules.dispatch.delivery_state import State, advance, combine
from server.rules.messages.ptt import DeliveryStatus

RANK = {0: 0, 4: 1, 8: 2, 1: 3, 2: 3, 16: 3}
states = st.builds(State, st.sampled_from(DeliveryStatus), st.none() | st.integers(1, 5))
messages = st.lists(states, min_size=1, max_size=6)


def final(state: State) -> bool:
    """Tell whether a state is one of the three final ones."""
    return state.status in {1, 2, 16}


def moved(state: State, receipt: State) -> State:
    """Return the state after a receipt, whether it has changed or not."""
    return advance(state, receipt) or state


@given(states, st.lists(states, max_size=30))
def test_a_part_only_moves_forward(state: State, receipts: list[State]) -> None:
    """Whatever arrives, no step leads back, a final state stays, and each change is visible."""
    for receipt in receipts:
        after = advance(state, receipt)
        if after is None:
            continue
        assert after == receipt != state
        assert not final(state)
        assert RANK[after.status] > RANK[state.status] or (after.status == state.status == 8)
        state = after


@given(states, states)
def test_a_doubled_receipt_changes_nothing_the_second_time(state: State, receipt: State) -> None:
    """Receipts can be delivered twice without harm."""
    assert advance(moved(state, receipt), receipt) is None


@given(st.permutations([State(DeliveryStatus(status), 1) for status in (0, 4, 8, 1)]))
def test_the_order_of_arrival_does_not_change_the_end(receipts: list[State]) -> None:
    """The receipts of a delivery lead to SUCCESS in any order."""
    state = State(DeliveryStatus.CREATED, None)
    for receipt in receipts:
        state = moved(state, receipt)
    assert state.status is DeliveryStatus.SUCCESS


@given(messages)
def test_a_message_is_final_exactly_when_all_its_parts_are(parts: list[State]) -> None:
    """No message ends before its last part."""
    assert final(combine(parts)) == all(map(final, parts))


@given(messages)
def test_an_open_message_is_as_far_as_its_least_advanced_part(parts: list[State]) -> None:
    """Until all have ended, the message has the state of one of its parts."""
    whole = combine(parts)
    assert RANK[whole.status] == min(RANK[part.status] for part in parts)
    assert final(whole) or whole in parts


@given(messages.map(lambda parts: [part for part in parts if final(part)]).filter(bool), st.randoms())
def test_the_status_of_an_ended_message_does_not_depend_on_the_order_of_parts(
    parts: list[State], random: object
) -> None:
    """The order only decides whose reason is shown."""
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert combine(parts).status is combine(shuffled).status
    statuses = {part.status for part in parts}
    assert combine(parts).status == (statuses.pop() if len(statuses) == 1 else 2)


@given(messages, st.lists(st.tuples(st.integers(0, 5), states), max_size=20))
def test_a_message_only_moves_forward_as_its_parts_do(
    parts: list[State], receipts: list[tuple[int, State]]
) -> None:
    """The message's state is monotone too, and final states stay."""
    whole = combine(parts)
    for index, receipt in receipts:
        part = index % len(parts)
        parts = [*parts[:part], moved(parts[part], receipt), *parts[part + 1 :]]
        after = combine(parts)
        assert RANK[after.status] >= RANK[whole.status]
        assert not final(whole) or after == whole
        whole = after
