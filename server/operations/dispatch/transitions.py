"""Transitions of a locked account's messages: parts, message, event and refund together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from server.operations.core.principals import SERVER
from server.operations.messages.cancellation import refund
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.dispatch.delivery_state import State, advance, combine
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, Message, MessagePart, MessageState
from server.store.queries.dispatch.parts import messages_of, parts_of
from server.store.writing import update


class Moves:
    """Messages with their parts, and their changes until those are saved."""

    def __init__(self, account: Account, messages: Sequence[Message], parts: Sequence[MessagePart]) -> None:
        """The account must be locked, and `parts` must have all parts of the messages."""
        self._account = account
        self._messages = {message.id: message for message in messages}
        self._parts: defaultdict[int, list[MessagePart]] = defaultdict(list)
        for part in parts:
            self._parts[part.message_id].append(part)
        self._moved_parts: dict[int, MessagePart] = {}
        self._changes: list[Change] = []

    @classmethod
    async def load(cls, account: Account, message_ids: Iterable[int]) -> "Moves":
        """Read messages of a locked account, and their parts."""
        ids = list(message_ids)
        return cls(account, await messages_of(account.id, ids), await parts_of(ids))

    def move_part(self, message_id: int, part_id: int, state: State, *, at_us: int) -> None:
        """Move one part to a state, and its message if that makes a difference."""
        self._move(message_id, {part_id: state}, at_us)

    def move_all_parts(self, message_id: int, state: State, *, at_us: int) -> None:
        """Move all parts that have not ended to a state, and their message once."""
        self._move(message_id, {part.id: state for part in self._parts[message_id]}, at_us)

    async def save(self, *, at_us: int) -> None:
        """Write the changes, append the events, and refund what ended not billed."""
        await update(self._moved_parts.values(), ["status", "ptt"])
        if not self._changes:
            return
        changed = [self._messages[id] for id in dict.fromkeys(change.message.id for change in self._changes)]
        await update(changed, ["status", "ptt", "status_changed_at_us", "state"])
        await record_changes(self._account, self._changes, at_us=at_us)
        unbilled = [
            change.message for change in self._changes if change.after.status is DeliveryStatus.NOT_BILLED
        ]
        await refund(self._account, unbilled, principal=SERVER, at_us=at_us)

    def _move(self, message_id: int, states: Mapping[int, State], at_us: int) -> None:
        parts = self._parts[message_id]
        moved = False
        for part in parts:
            after = advance(state_of(part), states[part.id]) if part.id in states else None
            if after is not None:
                part.status, part.ptt = after.status, after.ptt
                self._moved_parts[part.id] = part
                moved = True
        if not moved:
            return
        message = self._messages[message_id]
        before = state_of(message)
        after = advance(before, combine([state_of(part) for part in parts]))
        if after is None:
            return
        message.status, message.ptt, message.status_changed_at_us = after.status, after.ptt, at_us
        if after.status.final:
            message.state = MessageState.ENDED
        self._changes.append(Change(Moved.of(message), before, after))


def state_of(row: Message | MessagePart) -> State:
    """Return the state of a message or a part."""
    return State(DeliveryStatus(row.status), row.ptt)
