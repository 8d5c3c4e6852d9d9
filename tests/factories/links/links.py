"""Links set up as by an operator, and workers that report the states of theirs."""

from typing import Any, cast

from server.gateways.link_state import BindKind, BindState, ChannelState, LinkState
from server.gateways.smpp.settings import LinkSettings
from server.operations.core.services import Services
from server.operations.links.links import load_links, report_states
from server.operations.links.management import create_link
from server.operations.links.validation import LinkChanges
from server.store.models import OperatorLink
from tests.factories.accounts.accounts import World

LINK_PASSWORD = "l1nk-s3cret"
OPEN = BindState(BindKind.TRANSCEIVER, ChannelState.BOUND)
WAITING = BindState(BindKind.TRANSCEIVER, ChannelState.WAITING)


async def set_up_link(world: World, name: str = "main", **changes: Any) -> OperatorLink:
    """Set up a link, by default to a host that does not exist."""
    place = {} if "http" in changes else {"host": "smsc.example", "system_id": "chappe"}
    given = {**place, "password": LINK_PASSWORD, **changes}
    if "password_variable" in given:
        del given["password"]
    return await create_link(world.services, world.operator, name=name, changes=cast("LinkChanges", given))


async def loaded_links(services: Services) -> list[LinkSettings]:
    """Return the SMPP links as workers load them."""
    loaded = await load_links(services)
    return [link for link in loaded if isinstance(link, LinkSettings)]


async def report(
    services: Services, name: str = "main", *binds: BindState, worker: str = "one", **state: Any
) -> None:
    """Report this link and its state, as a worker does."""
    await report_states(services, worker, [LinkState(name=name, binds=binds or (OPEN,), **state)])
