"""Messages from phones that belong to no account. Operators of the server can see them for a while."""

from collections.abc import Sequence

from server.gateways.protocol import OperatorMessage
from server.operations.core.services import Services
from server.rules.messages.stop import is_stop
from server.store.models import UnclaimedMessage
from server.store.queries.dispatch.inbound import trim_unclaimed, unclaimed_keys
from server.store.writing import insert, new

MAX_KEPT = 10_000
"""How many of the newest are kept, even if somebody floods a link."""

MAX_BODY_CHARS = 2_000


async def store_unclaimed(services: Services, gateway: str, messages: Sequence[OperatorMessage]) -> None:
    """Store messages that belong to no account, each once; `gateway` is the link of those that name none."""
    by_key = {f"{message.link or gateway}:{message.id}": message for message in messages}

    async def work() -> list[UnclaimedMessage]:
        seen = await unclaimed_keys(list(by_key))
        now_us = services.clock.now_us()
        rows = [
            new(
                UnclaimedMessage,
                gateway=message.link or gateway,
                sender=message.sender,
                receiver=message.receiver,
                body=message.text[:MAX_BODY_CHARS],
                asks_to_stop=is_stop(message.text, sent_to=message.receiver),
                dedup_key=key,
                at_us=now_us,
            )
            for key, message in by_key.items()
            if key not in seen
        ]
        await insert(rows)
        await trim_unclaimed(keep=MAX_KEPT)
        return rows

    if not by_key:
        return
    for row in await services.transactions.run(work):
        services.meters.incoming_unclaimed.labels(row.gateway, str(row.asks_to_stop).lower()).inc()
