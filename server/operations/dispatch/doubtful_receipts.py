"""Texts that only look like receipts: if one fits nothing that was sent, a person wrote it."""

import orjson

from server.gateways.protocol import OperatorMessage
from server.kit.clock import MINUTE_US
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.store.queries.dispatch.inbound import delete_unmatched_receipts, receipts_kept_as_messages

EARLY_US = 5 * MINUTE_US
"""How long before its submission is recorded a receipt may come: longer than an operator's answer takes.

Operators reuse their ids: a receipt that has waited longer is not about a message of today.
"""


def kept_message(message: OperatorMessage) -> str:
    """Return a message in the form in which it is stored with its receipt."""
    kept = {"id": message.id, "sender": message.sender, "receiver": message.receiver, "text": message.text}
    return orjson.dumps(kept).decode()


async def release_messages(services: Services, *, limit: int) -> int:
    """Turn doubtful receipts that waited long enough into messages from phones; return how many."""
    rows = await receipts_kept_as_messages(received_until_us=services.clock.now_us() - EARLY_US, limit=limit)
    messages = [
        OperatorMessage(handle=row.id, link=row.gateway, **orjson.loads(row.as_message or "")) for row in rows
    ]
    left = {message.handle for message in await store_incoming(services, "", messages)}
    released = [row.id for row in rows if row.id not in left]

    async def work() -> None:
        await delete_unmatched_receipts(released)

    if released:
        # After a crash before this, they are written again, which changes nothing.
        await services.transactions.run(work)
    return len(released)
