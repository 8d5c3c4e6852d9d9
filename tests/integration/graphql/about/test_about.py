"""What the server says about itself, signed in or not, and who sees a demo's sign-ins."""

from dataclasses import replace
from importlib.metadata import version

import pytest

from server.operations.access.holders import reset_holder_password, set_holder_enabled
from server.operations.core.offered_sign_ins import OfferedSignIn
from server.operations.core.services import Services
from server.store.models import Holder
from tests.client import Client, graphql_app
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.api import Api

ABOUT = "{ about { name version graphiql demoSignIns { label email password } } }"
HERE = "127.0.0.1"


@pytest.fixture
async def client(services: Services, world: World) -> Client:
    """A browser on the machine of a demo that offers the sign-ins of a holder and of an operator."""
    del world
    offered = [
        OfferedSignIn(holder.name, holder.email, HOLDER_PASSWORD, holder.password_hash)
        for holder in await Holder.filter(email__in=["holder@example.com", "operator@example.com"]).order_by(
            "id"
        )
    ]
    app = graphql_app(replace(services, offered_sign_ins=offered))
    return Client(app, peer=HERE).sending(Host="localhost:8000")


async def _offered(client: Client) -> list[str]:
    return [sign_in["email"] for sign_in in (await client.ask(ABOUT)).data["about"]["demoSignIns"]]


async def test_everybody_hears_what_the_server_is(services: Services, world: World) -> None:
    """Name, version and whether GraphiQL is there; and no sign-in, as this is no demo."""
    told = {"name": "Chappe", "version": version("chappe"), "graphiql": True, "demoSignIns": []}
    user = world.as_user(await world.user(await world.account()))
    for caller in (None, world.holder, user):
        assert await Api(services).data(caller, ABOUT) == {"about": told}
    without = replace(services, policy=replace(services.policy, graphiql=False))
    assert await Api(without).data(None, ABOUT) == {"about": {**told, "graphiql": False}}


@pytest.mark.parametrize(
    ("peer", "host"),
    [(HERE, "localhost:8000"), (HERE, "127.0.0.1"), ("::1", "[::1]:8000"), ("::ffff:127.0.0.1", "LOCALHOST")],
)
async def test_a_demo_offers_its_sign_ins(client: Client, peer: str, host: str) -> None:
    """The password is there to be filled in, and it signs in."""
    told = (await client.at(peer).sending(Host=host).ask(ABOUT)).data["about"]["demoSignIns"]
    assert told[0] == {"label": "Operator", "email": "operator@example.com", "password": HOLDER_PASSWORD}
    assert [sign_in["email"] for sign_in in told] == ["operator@example.com", "holder@example.com"]
    credentials = {name: told[0][name] for name in ("email", "password")}
    answer = await client.ask(
        "mutation($input: SignInInput!) { signIn(input: $input) { viewer { kind } userErrors { code } } }",
        {"input": {"holder": credentials}},
    )
    assert answer.data["signIn"] == {"viewer": {"kind": "OPERATOR"}, "userErrors": []}


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("192.0.2.10", "localhost:8000"),
        ("unix", "localhost"),
        (HERE, "demo.example"),
        (HERE, "192.0.2.1:8000"),
        (HERE, "localhost.demo.example"),
        (HERE, "[::1"),
    ],
)
async def test_nobody_elsewhere_is_offered_any(client: Client, peer: str, host: str) -> None:
    """Neither who asks from another machine, nor a page whose name has come to lead here."""
    assert await _offered(client.at(peer).sending(Host=host)) == []


async def test_a_sign_in_that_works_no_more_is_not_offered(client: Client, world: World) -> None:
    """From when a password is changed on, or whose it is is disabled."""
    assert await _offered(client) == ["operator@example.com", "holder@example.com"]
    in_session = replace(world.operator, in_session=True)
    await reset_holder_password(
        world.services,
        in_session,
        email="operator@example.com",
        password="another password",
        revoke_tokens=False,
    )
    assert await _offered(client) == ["holder@example.com"]
    await set_holder_enabled(world.services, world.operator, email="holder@example.com", enabled=False)
    assert await _offered(client) == []


def test_a_password_is_in_no_log() -> None:
    """Whatever shows a sign-in of a demo shows no password of it."""
    assert "secret" not in repr(OfferedSignIn("Holder", "holder@example.com", "secret", "secret hash"))
