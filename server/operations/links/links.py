"""The links to operators as workers need them: what is set for each, and a place to say how each is."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from ssl import SSLContext, create_default_context
from typing import Any

import orjson
import structlog

from server.gateways.link_scalars import SCALARS
from server.gateways.link_settings import LinkSettings, options_of, settings_of
from server.gateways.link_state import (
    MAX_ERROR_CHARS,
    BindKind,
    BindState,
    ChannelState,
    LinkState,
    LinkStatus,
    link_status,
)
from server.gateways.smpp.addresses import AddressRules
from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.statuses import Refusal
from server.kit.clock import HOUR_US, SECOND_US
from server.kit.encryption import Undecryptable
from server.operations.core.services import Services
from server.operations.core.transactions import Transaction
from server.rules.dispatch.routing import Route
from server.rules.senders.senders import SenderKind
from server.store.models import LinkReport, OperatorLink

log = structlog.get_logger()

PLACE_SUFFIX = "_URL"
"""What ends the name of the variable that says where the password of another may go: who sets up links may
name any variable of the workers', and is not to have its password sent to a host of their own."""

STALE_AFTER_US = 15 * SECOND_US
"""A worker that has not said for so long how its links are is taken to be gone."""


class Unusable(Exception):
    """A link can't be opened as it is set; the message says why, without any secret."""


async def load_links(services: Services) -> list[LinkSettings]:
    """Return the links that are enabled and can be opened, by name.

    Why another can't be is written to its row and, once, to the log.
    """
    loaded: list[LinkSettings] = []
    for row in await OperatorLink.filter(enabled=True).order_by("name"):
        fault = None
        try:
            loaded.append(link_settings(services, row))
        except Unusable as error:
            fault = str(error)
        if fault != row.fault:
            await _set_fault(services, row, fault)
    return loaded


async def link_versions() -> dict[int, int]:
    """Return the version of each link by its id, those that are disabled or unusable included.

    As long as these are the same, so is all that is set.
    """
    return dict(await OperatorLink.all().values_list("id", "version"))


def link_settings(services: Services, row: OperatorLink) -> LinkSettings:
    """Return a row's settings, its password opened.

    Raises:
        Unusable: its password is not to be had, or it has a value that no PDU can hold.
    """
    scalars = {column: scalar.check(getattr(row, column)) for column, scalar in SCALARS.items()}
    try:
        options = LinkOptions(
            name=row.name,
            host=row.host,
            port=row.port,
            system_id=row.system_id,
            password=_password(services, row),
            tls=_verified() if row.tls else None,
            **options_of(scalars),
        )
    except Unencodable as error:
        raise Unusable("The password has a character outside Latin-1.") from error
    table = orjson.loads(row.ptt_table)
    return LinkSettings(
        options=options,
        route=_route(row),
        version=row.version,
        addresses=AddressRules(**{kind: tuple(pair) for kind, pair in orjson.loads(row.addresses).items()}),
        ptt_table={_key(entry): entry["ptt"] for entry in table},
        not_billed=frozenset(_key(entry) for entry in table if not entry["billed"]),
        refusals={entry.status: Refusal(entry.ptt, again=entry.again) for entry in refusal_entries(row)},
        **settings_of(scalars),
    )


def _route(row: OperatorLink) -> Route:
    return Route(
        link=row.name,
        priority=row.priority,
        prefixes=tuple(row.prefixes.split()),
        countries=tuple(row.countries.split()),
        sender_kinds=tuple(map(SenderKind, row.sender_kinds.split())),
    )


async def open_routes(services: Services) -> list[Route] | None:
    """Return what the links take that are open at present; None where the simulated operator takes everything."""
    rows = await OperatorLink.all()
    if not rows and services.policy.simulated:
        return None
    names = {
        name for name, state in (await reported_states(services)).items() if state.status is LinkStatus.BOUND
    }
    given = names - {row.name for row in rows}  # of the settings: it takes whatever there is
    return [*(_route(row) for row in rows if row.enabled and row.name in names), *map(_any, given)]


def _any(name: str) -> Route:
    return Route(link=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalEntry:
    """What a command status means at a link: the ptt that a message ends with, at once or when trying `again` ends."""

    status: int
    ptt: int
    again: bool = False


def refusal_entries(row: OperatorLink) -> list[RefusalEntry]:
    """Return a link's own table of refusals. One that was set before there was a choice is for good."""
    kept: dict[str, int | list[int]] = orjson.loads(row.refusal_ptts)
    return [
        RefusalEntry(status=int(status), ptt=entry, again=False)
        if isinstance(entry, int)
        else RefusalEntry(status=int(status), ptt=entry[0], again=bool(entry[1]))
        for status, entry in kept.items()
    ]


def password_place(name: str) -> str:
    """Return where a link's password is encrypted for."""
    return f"link:{name}"


def _place(row: OperatorLink) -> str:
    """Return where a link goes, as `smpp://smsc.example.com:2775`, or `smpps` over TLS."""
    host = f"[{row.host}]" if ":" in row.host else row.host
    return f"{'smpps' if row.tls else 'smpp'}://{host}:{row.port}"


def _password(services: Services, row: OperatorLink) -> str:
    if row.password_variable is not None:
        password = services.environment.get(row.password_variable)
        if password is None:
            raise Unusable(f"The environment has no variable {row.password_variable}.")
        place = row.password_variable + PLACE_SUFFIX
        if services.environment.get(place) != _place(row):
            raise Unusable(f"{place} is not this link's host, port and TLS: the password is not sent there.")
        return password
    try:
        return services.cipher.decrypt(row.password_encrypted or "", password_place(row.name))
    except Undecryptable as error:
        raise Unusable(
            "The server's secret key is another since the password was set: set it again."
        ) from error


def _key(entry: dict[str, Any]) -> str:
    return f"{entry['stat']}:{entry['err']}" if entry["err"] else str(entry["stat"])


@cache
def _verified() -> SSLContext:
    """Return what all TLS links share: reading the machine's certificates takes too long for each load."""
    return create_default_context()


async def _set_fault(services: Services, row: OperatorLink, fault: str | None) -> None:
    async def work(_: Transaction) -> None:
        await OperatorLink.filter(id=row.id, version=row.version).update(fault=fault)

    await services.transactions.run(work)
    if fault is not None:
        log.warning("link can't be used", link=row.name, reason=fault)


async def report_states(services: Services, worker_id: str, states: Sequence[LinkState]) -> None:
    """Write down how all links of a worker are; those that it no longer holds are forgotten.

    So are the links of workers that have not been heard of for an hour.
    """

    async def work(_: Transaction) -> None:
        now_us = services.clock.now_us()
        names = [state.name for state in states]
        await LinkReport.filter(worker_id=worker_id, link_name__not_in=names).delete()
        await LinkReport.filter(updated_at_us__lte=now_us - HOUR_US).delete()
        if not states:
            return
        await LinkReport.bulk_create(
            [
                LinkReport(
                    link_name=state.name,
                    worker_id=worker_id,
                    binds=orjson.dumps([[bind.kind, bind.state] for bind in state.binds]).decode(),
                    in_flight=state.in_flight,
                    throttled=state.throttled,
                    times_throttled=state.times_throttled,
                    last_error=_keepable(state.last_error),
                    updated_at_us=now_us,
                )
                for state in states
            ],
            update_fields=[
                "binds",
                "in_flight",
                "throttled",
                "times_throttled",
                "last_error",
                "updated_at_us",
            ],
            on_conflict=["link_name", "worker_id"],
        )

    await services.transactions.run(work)


def _keepable(error: str | None) -> str | None:
    """Return an error without what some database would refuse: part of it may be the operator's."""
    return error and "".join(filter(str.isprintable, error))[:MAX_ERROR_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedState:
    """How a link is, taken over all workers that hold it."""

    workers: int = 0
    binds: tuple[BindState, ...] = ()
    in_flight: int = 0
    throttled: bool = False
    times_throttled: int = 0
    last_error: str | None = None

    @property
    def status(self) -> LinkStatus:
        """Whether it can take messages."""
        return link_status(self.binds)


async def reported_states(services: Services) -> dict[str, ReportedState]:
    """Return how the links are, by name; what a worker said that has not been heard of since is left out."""
    since_us = services.clock.now_us() - STALE_AFTER_US
    reports: defaultdict[str, list[LinkReport]] = defaultdict(list)
    for report in await LinkReport.filter(updated_at_us__gt=since_us).order_by("link_name", "worker_id"):
        reports[report.link_name].append(report)
    return {
        name: ReportedState(
            workers=len(of_link),
            binds=tuple(
                BindState(BindKind(kind), ChannelState(state))
                for report in of_link
                for kind, state in orjson.loads(report.binds)
            ),
            in_flight=sum(report.in_flight for report in of_link),
            throttled=any(report.throttled for report in of_link),
            times_throttled=sum(report.times_throttled for report in of_link),
            last_error=next((report.last_error for report in of_link if report.last_error), None),
        )
        for name, of_link in reports.items()
    }
