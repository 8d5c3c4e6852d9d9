"""A link's settings show in what its operator receives."""

from typing import Any

import pytest

from server.gateways.smpp.settings import link_from_url
from server.operations.core.services import Services
from server.rules.links.smpp import MAX_VALIDITY_SECONDS
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import linked_worker
from tests.factories.gateways.smpp.links import PASSWORD
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.messages.messages import send

PHONE = "+447700900004"
VALIDITY_SECONDS = 3_600
USUAL = {
    "service_type": "", "protocol_id": 0, "priority_flag": 0, "registered_delivery": 1, "data_coding": 0x10,
    "validity_period": "000000010000000R",
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ("", {}),
        ("serviceType=CMT&protocolId=64&priorityFlag=3", {"service_type": "CMT", "protocol_id": 64, "priority_flag": 3}),
        ("registeredDelivery=17", {"registered_delivery": 17}),
        ("flash=CLASS_GROUP", {"data_coding": 0xF0}),
        ("validitySeconds=0", {"validity_period": ""}),
        ("validitySeconds=600", {"validity_period": "000000001000000R"}),
        (f"validitySeconds={MAX_VALIDITY_SECONDS}", {}),
    ],
)  # fmt: skip
async def test_a_submission_bears_what_is_set(
    services: Services, world: World, query: str, changed: dict[str, Any]
) -> None:
    """In the fields of its PDU; the rest is as usual."""
    account = await world.account()
    async with running(Smsc()) as smsc:
        link = link_from_url(f"smpp://chappe:{PASSWORD}@127.0.0.1:{smsc.port}?{query}")
        async with linked_worker(services, [link], validity_seconds=VALIDITY_SECONDS) as worker:
            number = await send(services, world.holder, account, PHONE, message_class=0)
            await worker.until_status(number, 1, 4)
    [submit] = smsc.submits
    assert {name: getattr(submit, name) for name in USUAL} == {**USUAL, **changed}


async def test_binds_bear_their_addresses(services: Services) -> None:
    """Type of number, numbering plan and range; both sessions of a pair."""
    async with running(Smsc()) as smsc:
        query = "bindTon=1&bindNpi=8&addressRange=%5E336&systemType=VMA&mode=PAIR"
        link = link_from_url(f"smpp://chappe:{PASSWORD}@127.0.0.1:{smsc.port}?{query}")
        async with linked_worker(services, [link]):
            binds = [(await smsc.peer(number)).bind for number in range(2)]
    assert [
        (bind.addr_ton, bind.addr_npi, bind.address_range, bind.system_type) for bind in binds if bind
    ] == [(1, 8, "^336", "VMA")] * 2
