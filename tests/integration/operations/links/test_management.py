"""Setting up, changing and deleting links: only by operators, in the audit trail, and without secrets."""

import asyncio
from typing import Any, cast

import pytest

from server.bus.bus import Queue
from server.errors import Conflict, ErrorCode
from server.kit.clock import ManualClock
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.operations.links.management import create_link, delete_link, update_link
from server.operations.links.validation import LinkChanges
from server.operations.messages.cancellation import cancel_message
from server.rules.links.tables import PttEntry, RefusalEntry
from server.store.models import AuditEntry, OperatorLink
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.links.links import LINK_PASSWORD, loaded_links, set_up_link
from tests.factories.messages.messages import send

LEAST: dict[str, Any] = {"host": "smsc.example", "system_id": "chappe", "password": LINK_PASSWORD}


def entry(stat: str, err: str = "", ptt: int = 5) -> PttEntry:
    return PttEntry(stat=stat, err=err, ptt=ptt, billed=True)


async def test_a_link_is_set_up_and_workers_are_woken(services: Services, world: World) -> None:
    """With the clock's time, and on record, but for the password."""
    with services.bus.listen(Queue.LINKS) as woken:
        await set_up_link(world, window_size=50)
        assert woken.is_set()
    row = await OperatorLink.get(name="main")
    assert (row.enabled, row.window_size, row.per_second) == (True, 50, 20)
    assert row.created_at_us == row.updated_at_us == services.clock.now_us()
    kept = await AuditEntry.get(action="createLink")
    assert (kept.subject, kept.caused_by, kept.account_id) == ("main", "operator@example.com", None)
    assert kept.detail == (
        '{"name":"main","window":50,"host":"smsc.example","systemId":"chappe","password":"[redacted]",'
        '"passwordVariable":null}'
    )


@pytest.mark.parametrize(
    ("name", "changes", "code", "field"),
    [
        ("Main", {}, ErrorCode.INVALID_INPUT, "name"),
        ("taken", {}, ErrorCode.LINK_NAME_TAKEN, "name"),
        ("simulator", {}, ErrorCode.LINK_NAME_TAKEN, "name"),
        ("smpp", {}, ErrorCode.LINK_NAME_TAKEN, "name"),
        ("main", {"host": None}, ErrorCode.INVALID_INPUT, "host"),
        ("main", {"system_id": None}, ErrorCode.INVALID_INPUT, "systemId"),
        ("main", {"password": None}, ErrorCode.INVALID_INPUT, "password"),
        ("main", {"password": "\u20ac"}, ErrorCode.INVALID_INPUT, "password"),
        ("main", {"password_variable": "CHAPPE_LINK_X"}, ErrorCode.INVALID_INPUT, "passwordVariable"),
        (
            "main",
            {"password": None, "password_variable": "CHAPPE_SECRET_KEY"},
            ErrorCode.INVALID_INPUT,
            "passwordVariable",
        ),
        ("main", {"host": "a b"}, ErrorCode.INVALID_INPUT, "host"),
        ("main", {"port": 0}, ErrorCode.INVALID_INPUT, "port"),
        ("main", {"port": 65_536}, ErrorCode.INVALID_INPUT, "port"),
        ("main", {"system_id": "x" * 16}, ErrorCode.INVALID_INPUT, "systemId"),
        ("main", {"system_type": "x" * 13}, ErrorCode.INVALID_INPUT, "systemType"),
        ("main", {"address_range": "x" * 41}, ErrorCode.INVALID_INPUT, "addressRange"),
        ("main", {"bind_ton": 256}, ErrorCode.INVALID_INPUT, "bindTon"),
        ("main", {"bind_npi": -1}, ErrorCode.INVALID_INPUT, "bindNpi"),
        ("main", {"enquire_seconds": 4}, ErrorCode.INVALID_INPUT, "enquireSeconds"),
        ("main", {"response_seconds": 301}, ErrorCode.INVALID_INPUT, "responseSeconds"),
        ("main", {"service_type": "sixsix"}, ErrorCode.INVALID_INPUT, "serviceType"),
        ("main", {"priority_flag": 4}, ErrorCode.INVALID_INPUT, "priorityFlag"),
        ("main", {"protocol_id": 256}, ErrorCode.INVALID_INPUT, "protocolId"),
        ("main", {"registered_delivery": 3}, ErrorCode.INVALID_INPUT, "registeredDelivery"),
        ("main", {"registered_delivery": 32}, ErrorCode.INVALID_INPUT, "registeredDelivery"),
        ("main", {"validity_seconds": 59}, ErrorCode.INVALID_INPUT, "validitySeconds"),
        ("main", {"validity_seconds": 2_678_400}, ErrorCode.INVALID_INPUT, "validitySeconds"),
        ("main", {"binds": 11}, ErrorCode.INVALID_INPUT, "binds"),
        ("main", {"window_size": 0}, ErrorCode.INVALID_INPUT, "window"),
        ("main", {"per_second": 1_001}, ErrorCode.INVALID_INPUT, "perSecond"),
        ("main", {"priority": -1}, ErrorCode.INVALID_INPUT, "priority"),
        ("main", {"prefixes": ["0033"]}, ErrorCode.INVALID_INPUT, "prefixes"),
        ("main", {"countries": ["FRA"]}, ErrorCode.INVALID_INPUT, "countries"),
        ("main", {"addresses": {"alphanumeric": (256, 0)}}, ErrorCode.INVALID_INPUT, "addresses"),
        ("main", {"ptt_table": [entry("A B")]}, ErrorCode.INVALID_INPUT, "pttTable"),
        ("main", {"ptt_table": [entry("UNDELIV", "1 stat")]}, ErrorCode.INVALID_INPUT, "pttTable"),
        ("main", {"ptt_table": [entry("UNDELIV", ptt=10_000)]}, ErrorCode.INVALID_INPUT, "pttTable"),
        (
            "main",
            {"ptt_table": [entry("UNDELIV", "027"), entry("undelivered", "27")]},
            ErrorCode.INVALID_INPUT,
            "pttTable",
        ),
        ("main", {"refusal_ptts": [RefusalEntry(status=0, ptt=5)]}, ErrorCode.INVALID_INPUT, "refusalPtts"),
        (
            "main",
            {"refusal_ptts": [RefusalEntry(status=1, ptt=10_000)]},
            ErrorCode.INVALID_INPUT,
            "refusalPtts",
        ),
        (
            "main",
            {"refusal_ptts": [RefusalEntry(status=1_025, ptt=ptt) for ptt in (5, 6)]},
            ErrorCode.INVALID_INPUT,
            "refusalPtts",
        ),
        ("main", {"unknown_resends": 0}, ErrorCode.INVALID_INPUT, "unknownResends"),
        ("main", {"unknown_resends": 11}, ErrorCode.INVALID_INPUT, "unknownResends"),
    ],
)
async def test_a_wrong_link_is_refused(
    services: Services, world: World, name: str, changes: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """With the field that it is about; a name that the server has for itself is taken."""
    await set_up_link(world, "taken")
    given = {key: value for key, value in {**LEAST, **changes}.items() if value is not None}
    async with refused(code, field):
        await create_link(services, world.operator, name=name, changes=cast("LinkChanges", given))


async def test_words_of_receipts_are_kept_as_they_are_read(services: Services, world: World) -> None:
    """However the data sheet spells them: an entry that no receipt could ever meet would be a trap."""
    table = [
        entry("Undeliverable", "0x1a"),
        entry("FAILED", "000"),
        entry("enroute"),
        entry("BLOCKED", "007"),
    ]
    await set_up_link(world, ptt_table=table)
    [link] = await loaded_links(services)
    assert list(link.ptt_table) == ["UNDELIV:X1A", "UNDELIV:0", "ENROUTE", "BLOCKED:7"]


async def test_what_is_left_out_of_a_change_stays(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The rest is changed and recorded, and workers wake up; old errors of workers are checked again."""
    await set_up_link(
        world, addresses={"alphanumeric": (5, 1), "short_code": (6, 1)}, prefixes=["+33"], priority=7
    )
    await OperatorLink.all().update(fault="old")
    clock.advance(60)
    with services.bus.listen(Queue.LINKS) as woken:
        row = await update_link(
            services,
            world.operator,
            name="main",
            changes={"addresses": {"short_code": (0, 1)}, "prefixes": [], "enabled": False},
        )
        assert woken.is_set()
    assert row == await OperatorLink.get(name="main")
    assert row.addresses == '{"alphanumeric":[5,1],"short_code":[0,1]}'
    assert (row.prefixes, row.enabled, row.priority, row.fault) == ("", False, 7, None)
    assert row.created_at_us < row.updated_at_us == clock.now_us()
    kept = await AuditEntry.get(action="updateLink")
    assert kept.subject == "main"
    assert '"enabled":false' in kept.detail


@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({"host": "attacker.example"}, True),
        ({"port": 2776}, True),
        ({"tls": False}, True),
        ({"host": "smsc.example", "port": 3550, "tls": True, "system_id": "other"}, False),
    ],
)
async def test_a_password_that_is_kept_goes_nowhere_else(
    services: Services, world: World, changes: LinkChanges, *, moved: bool
) -> None:
    """A stolen session, or an operator who does not know it, can't have it sent to another place."""
    await set_up_link(world, tls=True)
    before = await OperatorLink.all().values()
    if not moved:
        await update_link(services, world.operator, name="main", changes=changes)
        return
    async with refused(ErrorCode.LINK_PASSWORD_NEEDED, "password"):
        await update_link(services, world.operator, name="main", changes=changes)
    assert await OperatorLink.all().values() == before
    for given in ({"password": "known"}, {"password_variable": "CHAPPE_LINK_MAIN"}):
        await update_link(
            services, world.operator, name="main", changes=cast("LinkChanges", {**changes, **given})
        )
        await OperatorLink.all().delete()
        await set_up_link(world, tls=True)


async def test_tls_is_taken_up_without_the_password(services: Services, world: World) -> None:
    """Nobody learns more by that."""
    await set_up_link(world)
    row = await update_link(services, world.operator, name="main", changes={"tls": True})
    assert row.tls


async def test_a_password_is_replaced_by_a_variable_and_back(services: Services, world: World) -> None:
    """Of the two there is always one."""
    await set_up_link(world)
    for changes, encrypted, variable in (
        ({"password_variable": "CHAPPE_LINK_MAIN"}, False, "CHAPPE_LINK_MAIN"),
        ({"password": "another"}, True, None),
    ):
        row = await update_link(services, world.operator, name="main", changes=cast("LinkChanges", changes))
        assert (row.password_encrypted is not None, row.password_variable) == (encrypted, variable)
    [link] = await loaded_links(services)
    assert link.options.password == "another"
    details = " ".join(row.detail for row in await AuditEntry.filter(action="updateLink").order_by("id"))
    assert details == (
        '{"passwordVariable":"CHAPPE_LINK_MAIN"} {"password":"[redacted]","passwordVariable":null}'
    )


async def test_a_change_of_nothing_changes_nothing(services: Services, world: World) -> None:
    """No version, and no line in the audit trail: a link that is well is not closed for it."""
    row = await set_up_link(world)
    assert await update_link(services, world.operator, name="main", changes={}) == row
    assert (await OperatorLink.get()).version == row.version
    assert not await AuditEntry.exists(action="updateLink")


async def test_a_wrong_change_is_refused(services: Services, world: World) -> None:
    """As it would be when the link was set up; and there is no link of another name."""
    await set_up_link(world)
    async with refused(ErrorCode.INVALID_INPUT, "port"):
        await update_link(services, world.operator, name="main", changes={"port": 0})
    for name in ("other", "x" * 500):
        async with refused(ErrorCode.UNKNOWN_LINK, "name"):
            await update_link(services, world.operator, name=name, changes={"port": 1})


async def test_a_deleted_link_is_gone(services: Services, world: World) -> None:
    """Workers are woken, it is on record, and its name can be given again."""
    row = await set_up_link(world)
    with services.bus.listen(Queue.LINKS) as woken:
        assert await delete_link(services, world.operator, name="main") == row.id
        assert woken.is_set()
    assert await loaded_links(services) == []
    assert (await AuditEntry.get(action="deleteLink")).subject == "main"
    async with refused(ErrorCode.UNKNOWN_LINK, "name"):
        await delete_link(services, world.operator, name="main")
    await set_up_link(world)
    assert len(await loaded_links(services)) == 1


async def test_the_last_link_stays_while_messages_wait(services: Services, world: World) -> None:
    """They are to go to an operator, and to nobody who stands in; of two links deleted at once one stays."""
    account = await world.account()
    number = await send(services, world.holder, account, deferred_until_us=services.clock.now_us() + 1)
    for name in ("main", "other"):
        await set_up_link(world, name)
    both = await asyncio.gather(
        *(delete_link(services, world.operator, name=name) for name in ("main", "other")),
        return_exceptions=True,
    )
    assert sorted(isinstance(answer, Conflict) for answer in both) == [False, True]
    [left] = await OperatorLink.all()
    async with refused(ErrorCode.LAST_LINK, "name"):
        await delete_link(services, world.operator, name=left.name)
    await cancel_message(services, world.holder, message_id=number)
    await delete_link(services, world.operator, name=left.name)
    assert not await OperatorLink.exists()


@pytest.mark.parametrize("who", ["holder", "user"])
async def test_links_are_an_operators(services: Services, world: World, who: str) -> None:
    """Neither a holder nor an API user sets up, changes or deletes one."""
    await set_up_link(world)
    caller: Principal = world.holder
    if who == "user":
        caller = world.as_user(await world.user(await world.account()))
    async with refused(ErrorCode.FORBIDDEN):
        await create_link(services, caller, name="other", changes=cast("LinkChanges", LEAST))
    async with refused(ErrorCode.FORBIDDEN):
        await update_link(services, caller, name="main", changes={"port": 1})
    async with refused(ErrorCode.FORBIDDEN):
        await delete_link(services, caller, name="main")
