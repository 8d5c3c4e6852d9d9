"""Idempotency keys: repeating the same key and input has one effect and one answer."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Self

from tortoise.exceptions import IntegrityError

from server.errors import Conflict, ErrorCode, about
from server.operations.core.principals import Principal
from server.rules.core.idempotency import check_key, input_digest
from server.store.models import IdempotencyKey
from server.store.queries.core import delete_answers, known_answers
from server.store.writing import insert

KEPT_US = 7 * 86_400 * 1_000_000


class Slot(NamedTuple):
    """An idempotency key. It belongs to one caller and one operation."""

    principal: str
    operation: str
    key: str


class StoredAnswer(NamedTuple):
    """An answer, and the input that it was for."""

    input_digest: str
    text: str


class IdempotentCall:
    """One call with a key, inside the transaction that carries it out.

    Only success is stored, since a refusal rolls the row back. So a call that lacked credits can be tried
    again with the same key after a top-up.
    """

    def __init__(self, principal: Principal, operation: str, key: str, payload: Mapping[str, object]) -> None:
        """`payload` names the locked account.

        Raises:
            InvalidInput: INVALID_IDEMPOTENCY_KEY, the key has the wrong form.
        """
        with about("idempotencyKey"):
            check_key(key)
        self.slot = Slot(principal.key, operation, key)
        self.input_digest = input_digest(payload)

    async def stored_answer(self, *, at_us: int) -> str | None:
        """Return the answer of an earlier call with this key, or None. Call it under the account's lock.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, the earlier call had another input.
        """
        return (await StoredAnswers.load([self], at_us=at_us)).get(self)

    async def store(self, answer: str, *, at_us: int) -> None:
        """Store the answer. Call it once, at the end of the work.

        Raises:
            Conflict: as `StoredAnswers.save`.
        """
        answers = StoredAnswers()
        answers.add(self, answer)
        await answers.save(at_us=at_us)


class StoredAnswers:
    """The answers to the keyed calls of one transaction: the stored ones and the new ones."""

    def __init__(self) -> None:
        self._known: dict[Slot, StoredAnswer] = {}
        self._added: list[Slot] = []

    @classmethod
    async def load(cls, calls: Collection[IdempotentCall], *, at_us: int) -> Self:
        """Read the stored answers to these keys, and delete those that are too old."""
        answers = cls()
        if not calls:
            return answers
        old = []
        for row in await known_answers(dict.fromkeys(call.slot for call in calls)):
            slot = Slot(row.principal, row.operation, row.key)
            if row.at_us <= at_us - KEPT_US:
                old.append(row.id)
            else:
                answers._known[slot] = StoredAnswer(row.input_digest, row.answer)
        if old:
            await delete_answers(old)
        return answers

    def get(self, call: IdempotentCall) -> str | None:
        """Return the answer to an earlier call with this key, or None.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, the earlier call had another input.
        """
        earlier = self._known.get(call.slot)
        if earlier is None:
            return None
        if earlier.input_digest != call.input_digest:
            raise _reused()
        return earlier.text

    def add(self, call: IdempotentCall, answer: str) -> None:
        """Add the answer to a call whose key has none."""
        self._known[call.slot] = StoredAnswer(call.input_digest, answer)
        self._added.append(call.slot)

    async def save(self, *, at_us: int) -> None:
        """Store the new answers.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, another account's call took a key meanwhile. (The same input
                would have waited for the same account's lock.)
        """
        if not self._added:
            return
        rows = []
        # In a fixed order, so that two accounts' transactions can't deadlock on each other's keys.
        for slot in sorted(self._added):
            known = self._known[slot]
            kept = {"input_digest": known.input_digest, "answer": known.text, "at_us": at_us}
            rows.append(IdempotencyKey(**slot._asdict(), **kept))
        try:
            await insert(rows)
        except IntegrityError as error:
            raise _reused() from error


def _reused() -> Conflict:
    return Conflict(
        "This idempotency key was used before with another input.",
        code=ErrorCode.IDEMPOTENCY_KEY_REUSED,
        field=("idempotencyKey",),
    )
