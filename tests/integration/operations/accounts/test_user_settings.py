"""What is set for an API user: its addresses and its callback URLs."""

import pytest

from server.errors import ErrorCode
from server.operations.accounts.user_settings import set_user_callback, set_user_ip_restrictions
from server.operations.core.services import Services
from server.store.models import AuditEntry, User
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused


async def test_addresses_are_kept_in_one_form(services: Services, world: World) -> None:
    """Up to 5 addresses of either kind, written canonically; none lifts the restriction."""
    account = await world.account()
    user = await world.user(account)
    addresses = ["192.0.2.1", "2001:DB8:0::1", "::ffff:192.0.2.2", "192.0.2.3", "192.0.2.4"]
    for given, kept in ((addresses, "192.0.2.1 2001:db8::1 192.0.2.2 192.0.2.3 192.0.2.4"), ([], "")):
        changed = await set_user_ip_restrictions(
            services, world.holder, account=account.name, login=user.login, addresses=given
        )
        assert changed.ip_restrictions == (await User.get(id=user.id)).ip_restrictions == kept
    assert await AuditEntry.filter(action="setUserIpRestrictions").count() == 2


@pytest.mark.parametrize(
    ("addresses", "code", "field"),
    [
        (["192.0.2.1", "nonsense"], ErrorCode.INVALID_IP_ADDRESS, ("addresses", "1")),
        (["2001:db8::1", "2001:DB8:0::1"], ErrorCode.DUPLICATE_IP_ADDRESS, ("addresses", "1")),
        ([f"192.0.2.{n}" for n in range(6)], ErrorCode.TOO_MANY_IP_ADDRESSES, ("addresses",)),
    ],
)
async def test_wrong_addresses_are_refused(
    services: Services, world: World, addresses: list[str], code: ErrorCode, field: tuple[str, ...]
) -> None:
    """A malformed address, one named twice and a sixth one are refused, each at its place."""
    account = await world.account()
    user = await world.user(account)
    async with refused(code, *field):
        await set_user_ip_restrictions(
            services, world.holder, account=account.name, login=user.login, addresses=addresses
        )


async def test_a_user_has_callbacks_of_its_own(services: Services, world: World) -> None:
    """Both URLs are kept, and None leaves them to the account again."""
    account = await world.account()
    user = await world.user(account)
    for url, stop_url in (("https://example.com/a?b=c", "http://example.com/stop"), (None, None)):
        await set_user_callback(
            services, world.holder, account=account.name, login=user.login, url=url, stop_url=stop_url
        )
        user = await User.get(id=user.id)
        assert (user.callback_url, user.stop_callback_url) == (url, stop_url)


@pytest.mark.parametrize(("field", "urls"), [("url", ("gopher://x", None)), ("stopUrl", (None, "x"))])
async def test_a_wrong_callback_is_refused(
    services: Services, world: World, field: str, urls: tuple[str | None, str | None]
) -> None:
    """A URL that is not http or https is refused at its field."""
    account = await world.account()
    user = await world.user(account)
    async with refused(ErrorCode.INVALID_URL, field):
        await set_user_callback(
            services, world.holder, account=account.name, login=user.login, url=urls[0], stop_url=urls[1]
        )
