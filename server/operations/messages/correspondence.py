"""Finding who wrote to a phone: over which link, from which account and under which name."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from server.gateways.protocol import OperatorMessage
from server.rules.dispatch.reply_addresses import candidates, is_same_phone
from server.store.queries.messages import reached_phones, writers_to

ADDRESSES_AT_ONCE = 10
"""Each address may stand for some hundred numbers, and a statement takes a few thousand."""

ByLink = tuple[str, str]
"""A phone, as we write to it, and a link."""


@dataclass(frozen=True, slots=True)
class Writer:
    """An account that wrote to a phone under a name, and its user who did so last."""

    account_id: int
    user_id: int | None
    sender: str


async def as_written_to(gateway: str, messages: Sequence[OperatorMessage]) -> list[OperatorMessage]:
    """Return messages with senders in E.164, as we wrote to them, if the operator names them otherwise.

    An operator may use its country's national form. Only the messages sent over its link tell which phone
    that is. If they fit no phone or several, the address stays as it came.
    """
    doubtful = {
        (message.sender, message.link or gateway) for message in messages if candidates(message.sender)
    }
    if not doubtful:
        return list(messages)
    phones = await _phones(sorted(doubtful))
    resolved = []
    for message in messages:
        written = phones.get((message.sender, message.link or gateway), {})
        same_name = [phone for phone, names in written.items() if message.receiver in names]
        meant = list(written) if len(written) == 1 else same_name
        resolved.append(replace(message, sender=meant[0]) if len(meant) == 1 else message)
    return resolved


async def _phones(addresses: Sequence[ByLink]) -> dict[ByLink, dict[str, set[str]]]:
    """Return the phones written to over its link that each address may be, with the names used."""
    phones: defaultdict[ByLink, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for start in range(0, len(addresses), ADDRESSES_AT_ONCE):
        some = addresses[start : start + ADDRESSES_AT_ONCE]
        numbers = sorted({number for address, _ in some for number in candidates(address)})
        rows = await reached_phones(numbers)
        for address, link in some:
            for row in rows:
                if row["gateway"] in {link, None} and is_same_phone(address, row["receiver"]):
                    phones[address, link][row["receiver"]].add(row["sender"])
    return phones


async def writers(pairs: Collection[ByLink]) -> Mapping[ByLink, list[Writer]]:
    """Return who wrote to each phone over the link, under each name, the latest first."""
    if not pairs:
        return {}
    rows = await writers_to(list(pairs))
    writers_of: defaultdict[ByLink, list[Writer]] = defaultdict(list)
    for row in rows:
        writers_of[row["phone"], row["link"]].append(Writer(row["account_id"], row["user_id"], row["sender"]))
    return writers_of
