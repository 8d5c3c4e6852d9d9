"""Idempotency keys: the same key and input, however often, have one effect and one answer."""

from collections.abc import Mapping
from typing import Any

from tortoise.exceptions import IntegrityError

from server.errors import Conflict, ErrorCode, about
from server.models import IdempotencyKey
from server.operations.principals import Principal
from server.rules.idempotency import check_key, input_digest

KEPT_US = 7 * 86_400 * 1_000_000


class IdempotentCall:
    """One keyed call, inside the transaction that has its effect.

    Only success is stored, since a refusal rolls the row back: what was refused for want of credits
    can be tried again with the same key after a top-up.
    """

    def __init__(self, principal: Principal, operation: str, key: str, payload: Mapping[str, object]) -> None:
        """Take who calls what, with which key and input (which names the account that is locked).

        Raises:
            InvalidInput: INVALID_IDEMPOTENCY_KEY, the key has the wrong form.
        """
        with about("idempotencyKey"):
            check_key(key)
        self._slot: dict[str, Any] = {"principal": principal.key, "operation": operation, "key": key}
        self._digest = input_digest(payload)

    async def stored_answer(self, *, at_us: int) -> str | None:
        """Return the answer of an earlier call with this key, or None; to be called under the account's lock.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, the earlier call had another input.
        """
        earlier = await IdempotencyKey.get_or_none(**self._slot)
        if earlier is None:
            return None
        if earlier.at_us <= at_us - KEPT_US:
            await earlier.delete()
            return None
        if earlier.input_digest != self._digest:
            raise self._reused()
        return earlier.answer

    async def store(self, answer: str, *, at_us: int) -> None:
        """Keep the answer; to be called once, at the end of the work.

        Raises:
            Conflict: IDEMPOTENCY_KEY_REUSED, another account's call took the key meanwhile (the same
                input would have waited for the same account's lock).
        """
        try:
            await IdempotencyKey.create(**self._slot, input_digest=self._digest, answer=answer, at_us=at_us)
        except IntegrityError as error:
            raise self._reused() from error

    @staticmethod
    def _reused() -> Conflict:
        return Conflict(
            "This idempotency key was used before, with another input.",
            code=ErrorCode.IDEMPOTENCY_KEY_REUSED,
            field=("idempotencyKey",),
        )
