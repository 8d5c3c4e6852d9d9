"""The links to operators as workers need them: reading their settings, and reporting their state."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import structlog

from server.gateways.drivers import LinkDriver, LinkSecrets, Unusable
from server.gateways.link_state import (
    MAX_ERROR_CHARS,
    BindKind,
    BindState,
    ChannelState,
    LinkState,
    LinkStatus,
    link_status,
)
from server.gateways.protocol import LinkSetup
from server.kit.clock import HOUR_US, SECOND_US
from server.kit.encryption import Undecryptable
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.rules.links.http import CallUrls, call_urls
from server.rules.links.links import LinkKind
from server.rules.senders.senders import SenderKind
from server.store.models import LinkReport, OperatorLink
from server.store.queries.links import (
    all_links,
    delete_reports,
    enabled_links,
    put_reports,
    reports_since,
    set_fault,
    versions_of_links,
)

log = structlog.get_logger()

PLACE_SUFFIX = "_URL"
"""The suffix of the variable that says where the password in another variable may be sent. Whoever sets up
links may name any variable of the workers, but must not have its value sent to a host of their own."""

STALE_AFTER_US = 15 * SECOND_US
"""A worker that has not reported on its links for this long counts as gone."""


async def load_links(services: Services) -> list[LinkSetup]:
    """Return the links that are enabled and usable, by name.

    For an unusable one the reason is written to its row and, once, to the log.
    """
    loaded: list[LinkSetup] = []
    for row in await enabled_links():
        fault = None
        try:
            loaded.append(link_setup(services, row))
        except Unusable as error:
            fault = str(error)
        if fault != row.fault:
            await _set_fault(services, row, fault)
    return loaded


async def link_versions() -> dict[int, int]:
    """Return the version of each link by its id, including disabled and unusable links.

    While the versions are the same, so are all settings.
    """
    return await versions_of_links()


def link_setup(services: Services, row: OperatorLink) -> LinkSetup:
    """Return the setup of a link's row, with its password decrypted.

    Raises:
        Unusable: its password is missing, or its settings do not fit its kind.
    """
    driver = driver_of(services, row)
    secrets = LinkSecrets(
        password=_password(services, driver, row),
        second_key=_opened(services, row.second_key_encrypted, second_key_place(row.name)),
    )
    return driver.setup(row, _route(row), secrets)


def driver_of(services: Services, row: OperatorLink) -> LinkDriver:
    """Return the driver of a link's kind."""
    return services.link_drivers[LinkKind(row.kind)]


def operator_call_urls(services: Services, id: int, name: str) -> CallUrls | None:
    """Return the URLs that a link's operator should call; None if this server's own URL is not set."""
    return call_urls(services.policy.public_url, name, services.signing_keys.call_token(id))


def _route(row: OperatorLink) -> Route:
    return Route(
        link=row.name,
        priority=row.priority,
        prefixes=tuple(row.prefixes.split()),
        countries=tuple(row.countries.split()),
        sender_kinds=tuple(map(SenderKind, row.sender_kinds.split())),
    )


async def open_routes(services: Services) -> list[Route] | None:
    """Return the routes of the links that are open now; None if the simulated operator takes everything."""
    rows = await all_links()
    if not rows and services.policy.simulated:
        return None
    names = {
        name for name, state in (await reported_states(services)).items() if state.status is LinkStatus.BOUND
    }
    of_settings = names - {row.name for row in rows}  # such a link takes every message
    return [*(_route(row) for row in rows if row.enabled and row.name in names), *map(_any, of_settings)]


def _any(name: str) -> Route:
    return Route(link=name)


def password_place(name: str) -> str:
    """Return the place name that a link's password is encrypted for."""
    return f"link:{name}"


def second_key_place(name: str) -> str:
    """Return the place name that a link's second key is encrypted for."""
    return f"link's second key:{name}"


def _password(services: Services, driver: LinkDriver, row: OperatorLink) -> str:
    if row.password_variable is not None:
        password = services.environment.get(row.password_variable)
        if password is None:
            raise Unusable(f"The environment has no variable {row.password_variable}.")
        place = row.password_variable + PLACE_SUFFIX
        if services.environment.get(place) != driver.place(row):
            raise Unusable(f"{place} is not this link's host, port and TLS: the password is not sent there.")
        return password
    return _opened(services, row.password_encrypted, password_place(row.name)) or ""


def _opened(services: Services, encrypted: str | None, place: str) -> str | None:
    if encrypted is None:
        return None
    try:
        return services.cipher.decrypt(encrypted, place)
    except Undecryptable as error:
        raise Unusable(
            "The server's secret key has changed since the password was set: set it again."
        ) from error


async def _set_fault(services: Services, row: OperatorLink, fault: str | None) -> None:
    async def work() -> None:
        await set_fault(row.id, row.version, fault)

    await services.transactions.run(work)
    if fault is not None:
        log.warning("link can't be used", link=row.name, reason=fault)


async def report_states(services: Services, worker_id: str, states: Sequence[LinkState]) -> None:
    """Store the state of all links of a worker, and delete those that it no longer holds.

    Links of workers that have not reported for an hour are deleted too.
    """

    async def work() -> None:
        now_us = services.clock.now_us()
        names = [state.name for state in states]
        await delete_reports(worker_id, but_for=names, until_us=now_us - HOUR_US)
        if not states:
            return
        await put_reports(
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
            ]
        )

    await services.transactions.run(work)


def _keepable(error: str | None) -> str | None:
    """Return an error without characters that a database refuses: part of it may come from the operator."""
    return error and "".join(filter(str.isprintable, error))[:MAX_ERROR_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedState:
    """The state of a link over all workers that hold it."""

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
    """Return the states of the links by name, without those from workers that count as gone."""
    since_us = services.clock.now_us() - STALE_AFTER_US
    reports: defaultdict[str, list[LinkReport]] = defaultdict(list)
    for report in await reports_since(since_us):
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
