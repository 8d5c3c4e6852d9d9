"""Parts of incoming messages in their table: joined at once, and bounded."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from server.gateways.smpp import incoming_parts
from server.gateways.smpp.incoming_parts import KEPT_US, MAX_KEPT, IncomingParts, JoinedMessage
from server.gateways.smpp.pdu import DeliverSm, EsmClass
from server.kit.clock import SECOND_US, ManualClock
from server.rules.links.smpp import DefaultAlphabet
from server.store.database import Database
from server.store.models import IncomingPart

PHONE = "+447700900004"


@pytest.fixture
def parts(database: Database, clock: ManualClock) -> IncomingParts:
    """The unfinished messages of one link."""
    del database
    return IncomingParts("main", DefaultAlphabet.GSM_7BIT, clock)


def part(reference: int, number: int, text: str = "x") -> tuple[DeliverSm, str, str]:
    """Return one of two parts."""
    header = bytes((5, 0, 3, reference, 2, number))
    return DeliverSm(esm_class=EsmClass.UDH, short_message=header + text.encode()), PHONE, "Chappe"


async def lying(count: int, at_us: int, gateway: str = "main") -> None:
    """Let this many parts wait for others that never come."""
    rows = [
        IncomingPart(
            gateway=gateway, sender=f"+44{index:07d}", receiver="Chappe", reference=7, total=2, number=1,
            data_coding=0, octets=b"x", received_at_us=at_us,
        )
        for index in range(count)
    ]  # fmt: skip
    await IncomingPart.bulk_create(rows, batch_size=500)


def texts(joined: Sequence[JoinedMessage]) -> list[str]:
    """Return what messages say."""
    return [message.text for message in joined]


async def test_a_message_is_complete_at_once_however_many_are_not(
    parts: IncomingParts, clock: ManualClock
) -> None:
    """With its last part, and without a look at all the others."""
    await lying(MAX_KEPT, clock.now_us())
    assert await parts.joined() == []
    await parts.store([part(1, 1, "Hello ")])
    assert await parts.joined() == []
    await parts.store([part(1, 2, "world")])
    [joined] = await parts.joined()
    assert joined.text == "Hello world"
    await parts.forget(joined.row_ids)
    assert await IncomingPart.all().count() == MAX_KEPT


async def test_what_another_worker_completed_is_found(parts: IncomingParts, clock: ManualClock) -> None:
    """If that worker died before it reported it; until it is forgotten, each worker reports it once."""
    first = IncomingParts("main", DefaultAlphabet.GSM_7BIT, clock)
    await first.store([part(1, 1), part(1, 2)])
    for _ in range(2):
        assert texts(await first.joined()) == ["xx"]
        assert await first.joined() == []
        clock.advance(10)
        assert await first.joined() == []
        first = parts


async def test_the_oldest_give_way_where_there_are_too_many(
    parts: IncomingParts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are taken as they are, which the log tells; those of other links are nothing to this one."""
    monkeypatch.setattr(incoming_parts, "MAX_KEPT", 3)
    await lying(9, clock.now_us(), gateway="other")
    for reference in range(5):
        await parts.store([part(reference, 1, f"part of {reference}")])
        clock.advance(1)
    with capture_logs() as logs:
        joined = await parts.joined()
    assert texts(joined) == ["part of 0", "part of 1"]
    assert [(entry["event"], entry["link"]) for entry in logs] == [
        ("too many parts of incoming messages wait for others", "main")
    ]
    for message in joined:
        await parts.forget(message.row_ids)
    clock.advance(10)
    with capture_logs() as logs:
        assert await parts.joined() == []
    assert logs == []
    await parts.store([part(4, 2, "and the rest")])
    assert texts(await parts.joined()) == ["part of 4and the rest"]


async def test_many_that_came_at_once_are_looked_at_before_their_time(
    parts: IncomingParts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator that sends part after part can't fill the database meanwhile."""
    monkeypatch.setattr(incoming_parts, "MAX_KEPT", 3)
    monkeypatch.setattr(incoming_parts, "LOOK_AFTER", 5)
    assert await parts.joined() == []
    for reference in range(4):
        await parts.store([part(reference, 1)])
        assert await parts.joined() == []
        clock.advance(0.001)
    await parts.store([part(4, 1)])
    assert len(await parts.joined()) == 2


async def test_those_whose_time_is_over_come_in_portions(
    parts: IncomingParts, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a wait in between; what could not be recorded holds up none of the others."""
    monkeypatch.setattr(incoming_parts, "MAX_AT_ONCE", 2)
    await lying(5, clock.now_us())
    assert await parts.joined() == []
    clock.advance(KEPT_US / SECOND_US)
    portions = [len(await parts.joined()) for _ in range(4)]
    assert portions == [2, 2, 1, 0]
    await parts.store([part(1, 1), part(2, 1), part(3, 1), part(1, 2)])
    assert texts(await parts.joined()) == ["xx"]
