"""What workers load of the links, and what they report."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from server.gateways.link_state import LinkState, LinkStatus
from server.gateways.smpp.addresses import AddressRules
from server.gateways.smpp.statuses import Refusal
from server.kit.clock import HOUR_US, SECOND_US, ManualClock
from server.kit.encryption import Cipher
from server.operations.core.services import Services
from server.operations.links.links import link_versions, report_states, reported_states
from server.operations.links.management import update_link
from server.operations.links.validation import LinkChanges
from server.rules.dispatch.routing import Route
from server.rules.links.links import UnknownOutcome
from server.rules.links.smpp import PORT, TLS_PORT, BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.links.tables import PttEntry, RefusalEntry
from server.rules.senders.senders import SenderKind
from server.store.models import LinkReport, OperatorLink
from tests.factories.accounts.accounts import World
from tests.factories.links.links import LINK_PASSWORD, OPEN, WAITING, loaded_links, report, set_up_link


async def test_a_link_of_which_little_is_said_has_the_usual_settings(
    services: Services, world: World
) -> None:
    """Host, system id and password are enough."""
    await set_up_link(world)
    [link] = await loaded_links(services)
    options = link.options
    assert (options.name, options.host, options.port, options.tls) == ("main", "smsc.example", PORT, None)
    assert (options.system_id, options.password) == ("chappe", LINK_PASSWORD)
    assert (options.mode, options.count) == (BindMode.TRANSCEIVER, 1)
    assert (options.session.window, options.session.rate) == (10, 20)
    assert (link.alphabet, link.long_messages, link.ids) == (
        DefaultAlphabet.GSM_7BIT,
        LongForm.UDH,
        IdForm.ANY,
    )
    assert link.addresses == AddressRules()
    assert link.route == Route(link="main")
    assert (link.ptt_table, link.not_billed, link.refusals, link.err_is_ptt) == ({}, frozenset(), {}, False)
    assert link.max_resends is None


async def test_all_that_is_set_reaches_the_worker(services: Services, world: World) -> None:
    """Each line of an operator's data sheet."""
    await set_up_link(
        world,
        tls=True,
        system_type="SMPP",
        address_range="336",
        bind_ton=1,
        bind_npi=8,
        enquire_seconds=15,
        response_seconds=20,
        flash_form=FlashForm.CLASS_GROUP,
        service_type="CMT",
        priority_flag=1,
        protocol_id=64,
        registered_delivery=17,
        validity_seconds=0,
        mode=BindMode.PAIR,
        binds=3,
        window_size=50,
        per_second=100,
        alphabet=DefaultAlphabet.LATIN_1,
        long_messages=LongForm.PAYLOAD,
        id_form=IdForm.RESPONSE_HEX,
        addresses={"alphanumeric": (5, 1)},
        ptt_table=[
            PttEntry(stat="UNDELIVERABLE", err="0027", ptt=23, billed=True),
            PttEntry(stat="rejectd", err="", ptt=28, billed=False),
        ],
        refusal_ptts=[
            RefusalEntry(status=1_025, ptt=23),
            RefusalEntry(status=1_026, ptt=25, again=True),
            RefusalEntry(status=0x14, ptt=26),
        ],
        unknown_outcome=UnknownOutcome.RESEND,
        unknown_resends=5,
        err_is_ptt=True,
        priority=5,
        prefixes=["+336", "+337"],
        countries=["FR"],
        sender_kinds=[SenderKind.NUMERIC, SenderKind.VIRTUAL],
    )
    [link] = await loaded_links(services)
    options = link.options
    assert options.port == TLS_PORT
    assert options.tls is not None
    assert options.tls.check_hostname
    assert {
        (bind.system_type, bind.address_range, bind.addr_ton, bind.addr_npi) for bind in options.binds()
    } == {("SMPP", "336", 1, 8)}
    assert len(options.binds()) == 6
    session = options.session
    assert (session.enquire_every_us, session.response_us) == (15 * SECOND_US, 20 * SECOND_US)
    assert link.flash_form is FlashForm.CLASS_GROUP
    assert (link.service_type, link.priority_flag, link.protocol_id) == ("CMT", 1, 64)
    assert (link.registered_delivery, link.validity_seconds) == (17, 0)
    assert (options.session.window, options.session.rate) == (50, 100)
    assert (link.alphabet, link.long_messages, link.ids) == (
        DefaultAlphabet.LATIN_1,
        LongForm.PAYLOAD,
        IdForm.RESPONSE_HEX,
    )
    assert link.addresses == AddressRules(alphanumeric=(5, 1))
    assert link.ptt_table == {"UNDELIV:27": 23, "REJECTD": 28}
    assert (link.not_billed, link.err_is_ptt, link.max_resends) == (frozenset({"REJECTD"}), True, 5)
    assert link.refusals == {1_025: Refusal(23), 1_026: Refusal(25, again=True), 0x14: Refusal(26)}
    assert link.refusal_table().throttling == {0x58}
    assert link.route == Route(
        link="main",
        priority=5,
        prefixes=("+336", "+337"),
        countries=("FR",),
        sender_kinds=(SenderKind.NUMERIC, SenderKind.VIRTUAL),
    )


async def test_a_disabled_link_is_not_loaded(services: Services, world: World) -> None:
    """It still counts as a link: nothing replaces it."""
    assert await link_versions() == {}
    row = await set_up_link(world, enabled=False)
    assert await loaded_links(services) == []
    assert await link_versions() == {row.id: row.version}


async def test_a_password_from_the_environment(services: Services, world: World) -> None:
    """It is read where the link is loaded, and kept nowhere; without it the link waits, and says why once."""
    await set_up_link(world, password_variable="CHAPPE_LINK_MAIN")
    row = await OperatorLink.get()
    assert row.password_encrypted is None
    with capture_logs() as logs:
        for _ in range(2):
            assert await loaded_links(services) == []
    assert [entry["event"] for entry in logs] == ["link can't be used"]
    row = await OperatorLink.get()
    assert row.fault == "The environment has no variable CHAPPE_LINK_MAIN."
    place = {"CHAPPE_LINK_MAIN_URL": f"smpp://smsc.example:{PORT}"}
    there = replace(services, environment={"CHAPPE_LINK_MAIN": LINK_PASSWORD, **place})
    [link] = await loaded_links(there)
    assert link.options.password == LINK_PASSWORD
    assert (await OperatorLink.get()).fault is None
    unwritable = replace(services, environment={"CHAPPE_LINK_MAIN": "\u20ac", **place})
    assert await loaded_links(unwritable) == []
    assert "Latin-1" in ((await OperatorLink.get()).fault or "")


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (None, {}),
        ("smpps://smsc.example:3550", {"tls": False}),
        ("smpps://smsc.example:3550", {"host": "attacker.example"}),
        ("smpps://smsc.example:3550", {"port": 3551}),
    ],
    ids=["nowhere", "not in the open", "not to another host", "not to another port"],
)
async def test_a_password_from_the_environment_goes_where_that_says(
    services: Services, world: World, place: str | None, changes: LinkChanges
) -> None:
    """People who set up links may name any variable, but can't send it to their own host."""
    await set_up_link(world, password_variable="CHAPPE_LINK_MAIN", tls=True, port=3550)
    await update_link(services, world.operator, name="main", changes=changes)
    environment = {"CHAPPE_LINK_MAIN": LINK_PASSWORD}
    if place is not None:
        environment["CHAPPE_LINK_MAIN_URL"] = place
    assert await loaded_links(replace(services, environment=environment)) == []
    assert "CHAPPE_LINK_MAIN_URL is not" in ((await OperatorLink.get()).fault or "")
    changes = {"tls": True, "host": "2001:db8::1", "port": 3550}
    await update_link(services, world.operator, name="main", changes=changes)
    environment["CHAPPE_LINK_MAIN_URL"] = "smpps://[2001:db8::1]:3550"
    [link] = await loaded_links(replace(services, environment=environment))
    assert (link.options.host, link.options.password) == ("2001:db8::1", LINK_PASSWORD)


async def test_after_another_secret_key_the_password_is_asked_for(services: Services, world: World) -> None:
    """The other links are loaded; setting it again is all that it takes."""
    await set_up_link(world, "lost")
    renewed = replace(services, cipher=Cipher(b"another secret, which this server has from now on"))
    await set_up_link(replace(world, services=renewed), "kept")
    assert [link.name for link in await loaded_links(renewed)] == ["kept"]
    assert "set it again" in ((await OperatorLink.get(name="lost")).fault or "")
    await update_link(renewed, world.operator, name="lost", changes={"password": "again"})
    assert [link.name for link in await loaded_links(renewed)] == ["kept", "lost"]


async def test_a_change_is_another_version(services: Services, world: World) -> None:
    """So is a link that has an earlier one's name: a worker holds on to nothing old."""
    await set_up_link(world)
    seen = [(await loaded_links(services))[0].version]
    for window in (20, 30):
        await update_link(services, world.operator, name="main", changes={"window_size": window})
        seen.append((await loaded_links(services))[0].version)
    assert len(set(seen)) == 3
    assert (await loaded_links(services))[0].version == seen[-1]


async def test_no_secret_is_shown(services: Services, world: World) -> None:
    """Neither in the row nor in what is loaded, wherever these are written out."""
    await set_up_link(world)
    [row] = await OperatorLink.all().values()
    [link] = await loaded_links(services)
    assert LINK_PASSWORD not in f"{row} {link!r}"
    assert "cipher" not in repr(services)
    assert "environ" not in repr(services)


async def test_how_a_link_is_is_taken_over_all_workers(services: Services) -> None:
    """Binds and windows are summed up; one worker that is slowed down is enough to say so."""
    await report(services, "main", OPEN, OPEN, worker="one", in_flight=3, times_throttled=1)
    await report(
        services, "main", WAITING, worker="two", throttled=True, times_throttled=2, last_error="gone"
    )
    await report(services, "other", WAITING, worker="three")
    states = await reported_states(services)
    main = states["main"]
    assert (main.workers, main.binds, main.status) == (2, (OPEN, OPEN, WAITING), LinkStatus.BOUND)
    assert (main.in_flight, main.throttled, main.times_throttled) == (3, True, 3)
    assert main.last_error == "gone"
    assert states["other"].status is LinkStatus.DOWN


async def test_the_latest_word_counts(services: Services) -> None:
    """A worker's report takes the place of its last, and the links that it no longer holds are gone."""
    await report_states(
        services, "one", [LinkState(name=name, binds=(OPEN,), in_flight=1) for name in ("a", "b")]
    )
    await report_states(services, "one", [LinkState(name="a", binds=(WAITING,))])
    states = await reported_states(services)
    assert list(states) == ["a"]
    assert (states["a"].binds, states["a"].in_flight) == ((WAITING,), 0)
    await report_states(services, "one", [])
    assert await reported_states(services) == {}


async def test_who_is_silent_is_left_out(services: Services, clock: ManualClock) -> None:
    """After 15 seconds, and after an hour what it said is thrown away."""
    await report(services, worker="silent")
    clock.advance(14)
    assert (await reported_states(services))["main"].workers == 1
    clock.advance(1)
    assert await reported_states(services) == {}
    clock.advance(HOUR_US / SECOND_US)
    await report(services, worker="other")
    assert [row.worker_id for row in await LinkReport.all()] == ["other"]


@pytest.mark.parametrize("error", ["x" * 1_000, "a\0b", "a\ud83db\n"])
async def test_whatever_an_operator_says_can_be_kept(services: Services, error: str) -> None:
    """Too long an error, and characters that no database takes."""
    await report(services, last_error=error)
    kept = (await reported_states(services))["main"].last_error
    assert kept in {"x" * 200, "ab"}


async def test_a_table_of_refusals_from_before_there_was_a_choice_is_for_good(
    services: Services, world: World
) -> None:
    """In the old stored form: only the ptt."""
    link = await set_up_link(world)
    await OperatorLink.filter(id=link.id).update(refusal_ptts='{"1025":23}')
    [loaded] = await loaded_links(services)
    assert loaded.refusals == {1_025: Refusal(23)}


async def test_a_link_may_give_up_what_has_an_unknown_outcome(services: Services, world: World) -> None:
    """Whatever number of tries is set."""
    await set_up_link(world, unknown_outcome=UnknownOutcome.FAIL, unknown_resends=5)
    [loaded] = await loaded_links(services)
    assert loaded.max_resends == 0
