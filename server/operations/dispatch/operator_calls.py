"""Calls from operators to us: recognised by a token in the URL, stored, and only then answered."""

import hmac

from server.errors import InvalidInput, NotFound, Unavailable
from server.gateways.drivers import OperatorCall
from server.gateways.protocol import OperatorReceipt
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.operations.dispatch.receipts import store_receipts
from server.operations.links.links import driver_of, link_setup
from server.rules.links.links import check_link_name
from server.store.models import OperatorLink
from server.store.queries.links import link_named


async def called_link(services: Services, name: str, token: str) -> OperatorLink:
    """Return the link whose operator calls with this token, even if it is disabled: it took messages before.

    Raises:
        NotFound: there is no such link, or the token is wrong.
    """
    unknown = NotFound("There is no such link.")
    try:
        row = await link_named(check_link_name(name))
    except InvalidInput as error:
        raise unknown from error
    if row is None or not hmac.compare_digest(
        services.signing_keys.call_token(row.id).encode(), token.encode()
    ):
        raise unknown
    return row


async def record_call(services: Services, row: OperatorLink, call: OperatorCall) -> None:
    """Store what an operator reports. Once this returns, the call may be answered.

    Raises:
        UnreadableCall: it is forged, or is nothing that this link's operator sends.
        Unusable: the link's secrets are missing, so the call can't be verified.
        Unavailable: it can't be stored at present.
    """
    item = driver_of(services, row).read_call(link_setup(services, row), call)
    if item is None:
        return
    if isinstance(item, OperatorReceipt):
        await store_receipts(services, row.name, [item])
    elif await store_incoming(services, row.name, [item]):
        raise Unavailable
