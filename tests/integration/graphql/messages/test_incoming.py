"""Incoming messages and the blacklist in the API: addresses that are not phone numbers say so."""

from server.gateways.protocol import OperatorMessage
from server.operations.dispatch.inbound import store_incoming
from server.store.models import BlacklistEntry
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.messages.messages import GATEWAY, send, submit

PHONE = "+447700910016"
SHOWN = "sender senderAddress asksToStop isStop"


def from_phone(sender: str, receiver: str, id: str) -> OperatorMessage:
    """Return a STOP from an address."""
    return OperatorMessage(None, id, sender, receiver, "(Stop)")


async def test_only_phone_numbers_are_shown_as_such(api: Api, world: World) -> None:
    """`12345` is not shown as a number in E.164; addresses are shown as text."""
    account = await world.account()
    await world.sender(account, "36111")
    await send(world.services, world.holder, account, PHONE, sender="36111")
    await submit(world.services, "a")
    addresses = ["07700910016", "07700900999", "12345", "Orange"]
    messages = [from_phone(address, "36111", address) for address in addresses]
    assert await store_incoming(world.services, GATEWAY, messages) == []
    query = f'{{ account(name: "sms-demo-1") {{ incomingMessages {{ nodes {{ {SHOWN} }} }} }} }}'
    found = (await api.data(world.holder, query))["account"]["incomingMessages"]["nodes"]
    assert found[::-1] == [
        {"sender": PHONE, "senderAddress": PHONE, "asksToStop": True, "isStop": True},
        *(
            {"sender": None, "senderAddress": address, "asksToStop": True, "isStop": False}
            for address in addresses[1:]
        ),
    ]


async def test_the_blacklist_gives_up_whatever_it_shows(api: Api, world: World) -> None:
    """A number in any spelling, and what an earlier version put there."""
    account = await world.account()
    for number in (PHONE, "07700910016", "Orange"):
        await BlacklistEntry.create(account_id=account.id, number=number, at_us=0)
    query = '{ account(name: "sms-demo-1") { blacklist { nodes { number address } } } }'
    shown = (await api.data(world.holder, query))["account"]["blacklist"]["nodes"]
    assert shown == [
        {"number": PHONE, "address": PHONE},
        {"number": None, "address": "07700910016"},
        {"number": None, "address": "Orange"},
    ]
    for entry in shown:
        removed = await api.mutate(
            world.holder,
            "removeFromBlacklist",
            "deletedEntryId",
            account="sms-demo-1",
            number=entry["address"],
        )
        assert removed["deletedEntryId"]
    assert (await api.data(world.holder, query))["account"]["blacklist"]["nodes"] == []


async def test_operators_see_what_belongs_to_nobody(api: Api, world: World) -> None:
    """Holders do not, by whatever way."""
    messages = [
        from_phone("07700910016", "36180", "1"),
        OperatorMessage(None, "2", PHONE, "36180", "Who is this?", link="west"),
    ]
    await store_incoming(world.services, GATEWAY, messages)
    query = """query($stops: Boolean) { unclaimedMessages(asksToStop: $stops) { nodes {
        id link sender senderAddress receiver body asksToStop receivedAt
    } } }"""
    found = (await api.data(world.operator, query))["unclaimedMessages"]["nodes"]
    ids = [node.pop("id") for node in found]
    common = {"receiver": "36180", "receivedAt": "2026-09-21T12:00:00.000Z"}
    assert found == [
        {"link": "west", "sender": PHONE, "senderAddress": PHONE, "body": "Who is this?", "asksToStop": False, **common},
        {"link": GATEWAY, "sender": None, "senderAddress": "07700910016", "body": "(Stop)", "asksToStop": True, **common},
    ]  # fmt: skip
    for stops, text in ((True, "(Stop)"), (False, "Who is this?")):
        narrowed = (await api.data(world.operator, query, stops=stops))["unclaimedMessages"]["nodes"]
        assert [message["body"] for message in narrowed] == [text]
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on UnclaimedMessage { body } } }"
    assert (await api.data(world.operator, nodes, ids=ids))["nodes"] == [
        {"body": "Who is this?"},
        {"body": "(Stop)"},
    ]
    assert (await api.data(world.holder, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))[
        "nodes"
    ] == [None] * 2
    assert await api.code(world.holder, query) == "FORBIDDEN"
