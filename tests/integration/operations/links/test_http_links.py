"""Setting up links over HTTP: what is stored, what is refused, and where secrets go."""

from dataclasses import replace
from typing import Any

import pytest

from server.errors import ErrorCode, InvalidInput
from server.gateways.http.settings import HttpSettings
from server.kit.encryption import Cipher
from server.kit.signing import SigningKeys
from server.operations.core.services import Services
from server.operations.links.links import load_links
from server.operations.links.management import create_link, update_link
from server.operations.links.secret_key import change_secret_key, check_secret_key
from server.rules.links.http import HttpPreset
from server.rules.links.tables import PttEntry
from server.store.models import AuditEntry, OperatorLink
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import OWN_TEMPLATE, PUBLIC_URL, reaching, set_up_http_link
from tests.factories.links.links import LINK_PASSWORD, set_up_link

OWN: dict[str, Any] = {"url": "https://api.example.com/send", **OWN_TEMPLATE}
OVHCLOUD: dict[str, Any] = {"preset": HttpPreset.OVHCLOUD, "user": "app", "account": "sms-ab1-1"}


@pytest.fixture
def known(services: Services) -> Services:
    """Services that know how they are reached from outside."""
    return reaching(services)


async def loaded(services: Services) -> HttpSettings:
    """Return what workers load of the one link."""
    [link] = await load_links(services)
    assert isinstance(link, HttpSettings)
    return link


async def test_a_preset_needs_no_more_than_keys(known: Services, world: World) -> None:
    """The rest is its own; what the database has of the secrets is encrypted."""
    world.services = known
    row = await set_up_http_link(world, http=OVHCLOUD, second_key="c0nsumer")
    assert (row.kind, row.host, row.port, row.tls) == ("HTTP", "eu.api.ovh.com", 443, True)
    assert LINK_PASSWORD not in str(vars(row))
    assert "c0nsumer" not in str(vars(row))
    link = await loaded(known)
    assert (link.keys.user, link.keys.password, link.keys.second_key) == ("app", LINK_PASSWORD, "c0nsumer")
    assert link.account == "sms-ab1-1"
    assert link.urls is not None
    assert link.urls.receipts.startswith(f"{PUBLIC_URL}/links/web/receipts?token=")
    assert LINK_PASSWORD not in repr(link)
    assert "c0nsumer" not in repr(link)
    assert "token" not in repr(link)


async def test_the_audit_trail_has_no_secret(known: Services, world: World) -> None:
    """But that there is one."""
    world.services = known
    await set_up_http_link(world, http=OVHCLOUD, second_key="c0nsumer")
    detail = str((await AuditEntry.all().order_by("-id").first()).detail)  # type: ignore[union-attr]
    assert LINK_PASSWORD not in detail
    assert "c0nsumer" not in detail
    assert "secondKey" in detail


async def test_a_change_leaves_the_other_options(known: Services, world: World) -> None:
    """And what is neutral is every link's."""
    world.services = known
    await set_up_http_link(world, http=OWN)
    await update_link(
        known, world.operator, name="web",
        changes={
            "http": {"id_path": "x.y"}, "window_size": 3, "per_second": 7, "response_seconds": 9, "priority": 1,
            "ptt_table": [PttEntry(stat="Dead-1", err="007", ptt=23, billed=False)],
        },
    )  # fmt: skip
    link = await loaded(known)
    assert (link.template.id_path, link.template.url) == ("x.y", OWN["url"])
    assert (link.window, link.per_second, link.response_seconds, link.route.priority) == (3, 7, 9, 1)
    assert link.ptt_table == {"dead-1:7": PttEntry(stat="dead-1", err="7", ptt=23, billed=False)}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"http": {}}, ("http", "url")),
        ({"http": {"url": "https://api.example.com/"}}, ("http", "body")),
        ({"http": {**OWN, "basic_auth": True}}, ("http", "user")),
        ({"http": {**OWN, "user": "ä"}}, ("http", "user")),
        ({"http": {**OWN, "id_path": "a/b"}}, ("http", "idPath")),
        ({"http": {"preset": HttpPreset.OVHCLOUD, "user": "app"}}, ("http", "account")),
        ({"http": {"preset": HttpPreset.TWILIO}}, ("http", "user")),
        ({"http": OVHCLOUD}, ("http", "secondKey")),
        ({"http": {**OWN, "headers": (("A", "1"),) * 21}}, ("http", "headers")),
        ({"http": {**OWN, "body": "x" * 8_001}}, ("http", "body")),
        ({"http": OWN, "host": "smsc.example"}, ("host",)),
        ({"http": OWN, "binds": 2}, ("binds",)),
        ({"http": OWN, "password": "x" * 251}, ("password",)),
        ({"http": OWN, "second_key": "ä"}, ("http", "secondKey")),
        ({"http": OWN, "ptt_table": [PttEntry(stat="a b", err="", ptt=5, billed=True)]}, ("pttTable",)),
        (
            {"http": OWN, "ptt_table": [PttEntry(stat=word, err="", ptt=5, billed=True) for word in "aA"]},
            ("pttTable",),
        ),
        ({"http": OWN, "window_size": 0}, ("window",)),
    ],
)
async def test_a_wrong_link_is_refused(
    known: Services, world: World, changes: dict[str, Any], field: tuple[str, ...]
) -> None:
    """With the input field; and nothing is set up."""
    given: Any = {"password": LINK_PASSWORD, **changes}
    with pytest.raises(InvalidInput) as refusal:
        await create_link(known, world.operator, name="web", changes=given)
    assert (refusal.value.field, await OperatorLink.exists()) == (field, False)


async def test_a_link_keeps_its_kind(known: Services, world: World) -> None:
    """One over SMPP has no template."""
    world.services = known
    await set_up_link(world)
    with pytest.raises(InvalidInput):
        await update_link(known, world.operator, name="main", changes={"http": OWN})


async def test_secrets_that_are_kept_go_nowhere_else(known: Services, world: World) -> None:
    """Another host takes both again; another path takes none."""
    world.services = known
    await set_up_http_link(world, http=OVHCLOUD, second_key="c0nsumer")
    moved: Any = {"http": {"url": "https://api.example.com/{account}"}}
    secrets: list[Any] = [{}, {"password": "new"}, {"second_key": "new"}]
    for given in secrets:
        with pytest.raises(InvalidInput) as refusal:
            await update_link(known, world.operator, name="web", changes=moved | given)
        assert refusal.value.code is ErrorCode.LINK_PASSWORD_NEEDED
    near: Any = {"http": {"url": "https://eu.api.ovh.com/v2/{account}"}}
    await update_link(known, world.operator, name="web", changes=near)
    both: Any = {**moved, "password": "a", "second_key": "b"}
    await update_link(known, world.operator, name="web", changes=both)
    link = await loaded(known)
    assert (link.keys.password, link.keys.second_key) == ("a", "b")


async def test_a_password_from_the_environment_goes_where_that_says(known: Services, world: World) -> None:
    """As for any other kind of link."""
    world.services = known
    await set_up_http_link(world, http=OWN, password_variable="CHAPPE_LINK_WEB")
    environment = {"CHAPPE_LINK_WEB": "hush", "CHAPPE_LINK_WEB_URL": "https://api.example.com:443"}
    assert (await loaded(replace(known, environment=environment))).keys.password == "hush"
    environment["CHAPPE_LINK_WEB_URL"] = "https://api.example.org:443"
    assert await load_links(replace(known, environment=environment)) == []


@pytest.mark.parametrize(
    ("options", "public_url", "fault"),
    [
        ({**OWN, "headers": (("X-Key", "{second_key}"),)}, PUBLIC_URL, "second key"),
        ({"body": '{"to": "{receipts_url}"}'}, "", "CHAPPE_PUBLIC_URL"),
    ],
)
async def test_a_link_that_lacks_something_says_so(
    known: Services, world: World, options: dict[str, Any], public_url: str, fault: str
) -> None:
    """Where the person who set it up can see it."""
    known = reaching(known, public_url=public_url)
    world.services = known
    await set_up_http_link(world, http=OWN)
    await update_link(known, world.operator, name="web", changes={"http": options, "password": "new"})
    assert await load_links(known) == []
    assert fault in ((await OperatorLink.get()).fault or "")


async def test_another_secret_key_opens_what_the_old_one_closed(known: Services, world: World) -> None:
    """Both secrets; without the old key, both have to be set again."""
    await check_secret_key(known)
    world.services = known
    await set_up_http_link(world, http=OVHCLOUD, second_key="c0nsumer")
    old, new = b"a secret of these tests, and of nothing else", b"another secret of these tests, as long"
    keys = SigningKeys(new)
    renewed = replace(known, cipher=Cipher(new), signing_keys=keys)
    assert (await change_secret_key(renewed, old)).kept == ("web",)
    link = await loaded(renewed)
    assert (link.keys.password, link.keys.second_key) == (LINK_PASSWORD, "c0nsumer")
    lost = replace(known, cipher=Cipher(new[::-1]), signing_keys=SigningKeys(new[::-1]))
    assert (await change_secret_key(lost, None)).lost == ("web",)
