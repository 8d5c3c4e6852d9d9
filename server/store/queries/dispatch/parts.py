"""Messages with their parts, for transitions."""

from collections.abc import Collection, Sequence

from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Message, MessagePart, Receipt
from server.store.reading import load


async def messages_of(account_id: int, ids: Sequence[int]) -> list[Message]:
    """Return messages of an account, by id."""
    return await load(Message.filter(id__in=ids, account_id=account_id).order_by("id"))


async def parts_of(message_ids: Sequence[int]) -> list[MessagePart]:
    """Return the parts of messages, by message and in their order."""
    return await load(MessagePart.filter(message_id__in=message_ids).order_by("message_id", "part"))


async def open_parts_of(message_ids: Sequence[int]) -> list[MessagePart]:
    """Return the parts of messages that are not handed over yet, by message and in their order."""
    open_ones = MessagePart.filter(message_id__in=message_ids, status=DeliveryStatus.CREATED)
    return await open_ones.order_by("message_id", "part")


async def parts_by_id(account_id: int, ids: Collection[int]) -> dict[int, MessagePart]:
    """Return those of these parts that belong to an account's messages, by their ids."""
    return {part.id: part for part in await load(MessagePart.filter(id__in=ids, account_id=account_id))}


async def unmatched_receipts(ids: Sequence[int]) -> list[Receipt]:
    """Return those of these receipts that have not been applied, in the order they came."""
    return await load(Receipt.filter(id__in=ids, message_part_id=None).order_by("id"))
