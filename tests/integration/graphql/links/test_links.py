"""Links to operators in the API: set up, changed, watched and deleted."""

from typing import Any

import pytest

from server.graphql.schema.ids import node_id
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.graphql.schema.inputs import LINK
from tests.factories.links.links import LINK_PASSWORD, OPEN, WAITING, report, set_up_link
from tests.factories.messages.messages import send, submit

SETTINGS = """settings {
    enabled host port tls systemId passwordVariable systemType addressRange mode binds window perSecond alphabet
    longMessages idForm bindTon bindNpi enquireSeconds responseSeconds flash serviceType priorityFlag protocolId
    registeredDelivery validitySeconds
    addresses { alphanumeric { ton npi } shortCode { ton npi } international { ton npi } }
    pttTable { stat err ptt billed } refusalPtts { status ptt retry } errIsPtt unknownOutcome unknownResends
    priority prefixes countries senderKinds
    createdAt updatedAt
}"""
STATE = "name state workers binds { kind state } window throttled timesThrottled lastError"
NOON = "2026-09-21T12:00:00.000Z"


async def test_a_link_is_shown_as_it_was_set_up(api: Api, world: World) -> None:
    """All but its password; what was left out has its usual value."""
    made = await api.mutate(
        world.operator, "createLink", f"link {{ id {STATE} {SETTINGS} }}", name="main", **LINK,
        password=LINK_PASSWORD,
    )  # fmt: skip
    link = made["link"]
    assert LINK_PASSWORD not in str(made)
    settings = link.pop("settings")
    assert settings == {
        **LINK,
        "passwordVariable": None,
        "addresses": {
            "alphanumeric": {"ton": 5, "npi": 1},
            "shortCode": {"ton": 6, "npi": 0},
            "international": {"ton": 1, "npi": 1},
        },
        "pttTable": [
            {"stat": "UNDELIV", "err": "27", "ptt": 23, "billed": True},
            {"stat": "REJECTD", "err": None, "ptt": 28, "billed": False},
        ],
        "createdAt": NOON,
        "updatedAt": NOON,
    }
    assert link["state"] == "STOPPED"
    assert (link["workers"], link["binds"], link["lastError"]) == (0, [], None)
    again = await api.data(
        world.operator,
        f"query($id: ID!) {{ node(id: $id) {{ ... on Link {{ {SETTINGS} }} }} }}",
        id=link["id"],
    )
    assert again["node"]["settings"] == settings


async def test_a_change_leaves_the_rest(api: Api, world: World) -> None:
    """What is left out or null stays; empty lists and texts do not."""
    await set_up_link(world, system_type="SMPP", prefixes=["+33"], priority=3)
    changed = await api.mutate(
        world.operator,
        "updateLink",
        "link { settings { systemType prefixes priority perSecond passwordVariable } }",
        name="main", systemType="", prefixes=[], priority=None, perSecond=5,
        passwordVariable="CHAPPE_LINK_MAIN",
    )  # fmt: skip
    assert changed["link"]["settings"] == {
        "systemType": "",
        "prefixes": [],
        "priority": 3,
        "perSecond": 5,
        "passwordVariable": "CHAPPE_LINK_MAIN",
    }


@pytest.mark.parametrize(
    ("name", "input", "refusal"),
    [
        (
            "createLink",
            {"name": "main", "host": "h", "systemId": "s", "password": "p"},
            ("LINK_NAME_TAKEN", ["name"]),
        ),
        ("createLink", {"name": "other", "host": "h", "systemId": "s"}, ("INVALID_INPUT", ["password"])),
        ("updateLink", {"name": "main", "window": 0}, ("INVALID_INPUT", ["window"])),
        ("updateLink", {"name": "main", "port": 1}, ("LINK_PASSWORD_NEEDED", ["password"])),
        ("updateLink", {"name": "other", "window": 1}, ("UNKNOWN_LINK", ["name"])),
        ("deleteLink", {"name": "other"}, ("UNKNOWN_LINK", ["name"])),
    ],
)
async def test_what_is_refused_says_where(
    api: Api, world: World, name: str, input: dict[str, Any], refusal: tuple[str, list[str]]
) -> None:
    """A code and the input field."""
    await set_up_link(world)
    assert await api.refusal(world.operator, name, **input) == refusal


async def test_links_tell_how_they_are(api: Api, world: World) -> None:
    """All of them by name, taken over their workers; the one of the settings' URL among them."""
    await set_up_link(world, "west")
    await set_up_link(world, "east", password_variable="CHAPPE_LINK_EAST")
    await report(
        world.services, "west", OPEN, WAITING,
        in_flight=4, throttled=True, times_throttled=2, last_error="closed by the operator",
    )  # fmt: skip
    await report(world.services, "smpp", OPEN, worker="two")
    found = await api.data(world.operator, f"{{ links {{ {STATE} settings {{ host }} }} }}")
    east, smpp, west = found["links"]
    assert (east["name"], east["state"], east["workers"]) == ("east", "STOPPED", 0)
    assert (smpp["name"], smpp["state"], smpp["settings"]) == ("smpp", "BOUND", None)
    assert west == {
        "name": "west",
        "state": "BOUND",
        "workers": 1,
        "binds": [
            {"kind": "TRANSCEIVER", "state": "BOUND"},
            {"kind": "TRANSCEIVER", "state": "WAITING"},
        ],
        "window": 4,
        "throttled": True,
        "timesThrottled": 2,
        "lastError": "closed by the operator",
        "settings": {"host": "smsc.example"},
    }


async def test_an_unusable_link_says_why(api: Api, world: World) -> None:
    """What keeps workers from opening it comes before what they last met."""
    row = await set_up_link(world)
    row.fault = "The environment has no variable CHAPPE_LINK_MAIN."
    await row.save()
    query = "query($id: ID!) { node(id: $id) { ... on Link { state lastError } } }"
    found = await api.data(world.operator, query, id=node_id("Link", row.id))
    assert found["node"] == {"state": "STOPPED", "lastError": row.fault}


async def test_a_deleted_link_is_listed_no_more(api: Api, world: World) -> None:
    """The answer has the id that it had."""
    row = await set_up_link(world)
    deleted = await api.mutate(world.operator, "deleteLink", "deletedLinkId", name="main")
    assert deleted["deletedLinkId"] == node_id("Link", row.id)
    assert await api.data(world.operator, "{ links { name } }") == {"links": []}


async def test_a_holder_sees_which_link_took_a_message(api: Api, world: World) -> None:
    """Null before; and not what links there are, which is an operator's."""
    account = await world.account()
    number = await send(world.services, world.holder, account)
    query = "query($id: ID!) { message(id: $id) { link } }"
    id = node_id("Message", number)
    assert (await api.data(world.holder, query, id=id))["message"] == {"link": None}
    await submit(world.services, "operator-1")
    taken = (await Message.get(id=number)).gateway
    assert taken
    assert (await api.data(world.holder, query, id=id))["message"] == {"link": taken}
    assert await api.code(world.holder, "{ links { name } }") == "FORBIDDEN"
