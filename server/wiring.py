"""The wiring: builds from settings what the command line, the web and the workers share."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from server.bus.bus import MemoryBus
from server.gateways.drivers import LinkDriver
from server.gateways.http.driver import HttpDriver
from server.gateways.pool import Links
from server.gateways.protocol import LinkSetup, OperatorGateway
from server.gateways.simulator import Simulator
from server.gateways.smpp.driver import SmppDriver
from server.gateways.smpp.settings import link_from_url
from server.kit.clock import Clock, SystemClock
from server.kit.encryption import Cipher
from server.kit.kept_secret import kept_secret
from server.kit.meters import Meters
from server.kit.passwords import PasswordHasher
from server.kit.signing import SigningKeys
from server.kit.turns import Turns
from server.logs.tail import Followers
from server.operations.core.batcher import Batches
from server.operations.core.message_ids import MessageIds
from server.operations.core.services import Policy, Services
from server.operations.core.transactions import Transactions
from server.operations.links.secret_key import check_secret_key
from server.outbound.mail import Mailer, OutboxMailer, SmtpMailer
from server.outbound.operator_client import OperatorClient
from server.outbound.webhook_client import AiohttpCaller, CallBounds
from server.outbound.webhooks import CallbackCaller
from server.rules.access.throttling import FREE_FAILURES_OF_ADDRESS
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.links.links import LinkKind
from server.settings import Profile, Settings
from server.store.database import Database
from server.workers.callbacks import CallbackDispatcher
from server.workers.dispatch import Sender
from server.workers.heartbeat import Heartbeat, Holder
from server.workers.inbound import Receiver
from server.workers.links import LinkKeeper
from server.workers.loops import Ending, Loops, Step
from server.workers.maintenance import Housekeeper
from server.workers.notifications import Notifier
from server.workers.scheduler import Scheduler


def build_services(settings: Settings, clock: Clock | None = None) -> Services:
    """Build the services for operations from settings, without opening anything."""
    clock = clock or SystemClock()
    bus = MemoryBus()
    meters = Meters()
    transactions = Transactions(bus, meters)
    secret = server_secret(settings)
    signing_keys = SigningKeys(secret)
    return Services(
        clock=clock,
        meters=meters,
        transactions=transactions,
        passwords=PasswordHasher(
            clock=clock,
            time_cost=settings.security.password_time_cost,
            memory_cost_kib=settings.security.password_memory_kib,
        ),
        message_ids=MessageIds(transactions),
        look_ups=Batches(),
        turns=Turns(FREE_FAILURES_OF_ADDRESS),
        bus=bus,
        followers=Followers(bus),
        signing_keys=signing_keys,
        cipher=Cipher(secret),
        link_drivers=build_link_drivers(settings, clock, signing_keys),
        environment=os.environ,
        policy=build_policy(settings),
    )


def build_link_drivers(
    settings: Settings, clock: Clock, signing_keys: SigningKeys
) -> dict[LinkKind, LinkDriver]:
    """Build the drivers: a new kind of link is one entry here, and its folder."""
    reachable = AddressPolicy(
        networks=settings.operators.operator_allowed_networks,
        ports=frozenset(settings.operators.operator_allowed_ports),
    )
    return {
        LinkKind.SMPP: SmppDriver(
            clock,
            validity_seconds=settings.messages.validity_seconds,
            lease_seconds=settings.messages.claim_lease_seconds,
        ),
        LinkKind.HTTP: HttpDriver(
            clock,
            reachable,
            lambda: OperatorClient(reachable),
            signing_keys.call_token,
            public_url=settings.base_url,
            validity_seconds=settings.messages.validity_seconds,
            lease_seconds=settings.messages.claim_lease_seconds,
        ),
    }


def build_policy(settings: Settings) -> Policy:
    """Return the bounds for operations, from settings."""
    return Policy(
        max_parts=settings.messages.max_parts,
        session_seconds=settings.security.session_seconds,
        claim_lease_seconds=settings.messages.claim_lease_seconds,
        validity_seconds=settings.messages.validity_seconds,
        receipt_margin_seconds=settings.messages.receipt_margin_seconds,
        max_resends=settings.messages.max_resends,
        max_refusals=settings.messages.max_refusals,
        simulated=settings.simulated,
        event_retention_days=settings.messages.event_retention_days,
        orphaned_receipt_seconds=settings.messages.orphaned_receipt_seconds,
        public_url=settings.base_url,
        callback_addresses=AddressPolicy(
            networks=settings.callbacks.allowed_networks,
            ports=frozenset(settings.callbacks.allowed_ports),
        ),
        callback_parallel=settings.callbacks.parallel,
        callback_parallel_per_host=settings.callbacks.parallel_per_host,
        callback_retry_seconds=settings.callbacks.retry_seconds,
        callback_disable_after_seconds=settings.callbacks.disable_after_seconds,
        callback_key_overlap_seconds=settings.callbacks.key_overlap_seconds,
        rate_capacity=settings.graphql.rate_capacity,
        rate_per_second=settings.graphql.rate_per_second,
        graphiql=settings.in_development(settings.graphql.graphiql),
    )


def server_secret(settings: Settings) -> bytes:
    """Return the secret for all keys: the setting or, in development, one stored next to the database.

    Raises:
        RuntimeError: it is not set in production.
        OSError: it can't be stored.
    """
    if settings.security.secret_key is not None:
        return settings.security.secret_key.get_secret_value().encode()
    if settings.profile is Profile.PRODUCTION:
        raise RuntimeError("CHAPPE_SECRET_KEY: production needs one, of at least 32 characters.")
    return kept_secret(_data_folder(settings) / "secret.key").encode()


def build_gateway(settings: Settings, services: Services) -> Links:
    """Build the links to operators; without any, in development, the simulator."""
    return Links(
        Simulator(services.clock, step_seconds=settings.operators.simulator_step_seconds),
        {driver.setup_class: driver.open for driver in services.link_drivers.values()},
        lease_seconds=settings.messages.claim_lease_seconds,
        # The simulator only pretends to deliver, but its messages are charged.
        may_fall_back=settings.profile is Profile.DEVELOPMENT,
    )


def given_links(settings: Settings) -> list[LinkSetup]:
    """Return the links from settings, which are in addition to those of the database."""
    return (
        []
        if settings.operators.smpp_url is None
        else [link_from_url(settings.operators.smpp_url.get_secret_value())]
    )


def build_mailer(settings: Settings) -> Mailer:
    """Build the mailer: for a mail server or, without one, for a folder next to the database."""
    if settings.mail.smtp_host is None:
        return OutboxMailer(_data_folder(settings) / "outbox", sender=settings.mail.mail_from)
    password = settings.mail.smtp_password
    return SmtpMailer(
        host=settings.mail.smtp_host,
        port=settings.mail.smtp_port,
        security=settings.mail.smtp_security,
        sender=settings.mail.mail_from,
        user=settings.mail.smtp_user,
        password=None if password is None else password.get_secret_value(),
    )


def build_caller(settings: Settings, services: Services) -> CallbackCaller:
    """Build the caller of callback URLs; needs a running event loop."""
    bounds = CallBounds(
        connect_seconds=settings.callbacks.connect_seconds, total_seconds=settings.callbacks.total_seconds
    )
    return AiohttpCaller(services.clock, services.policy.callback_addresses, bounds)


def build_worker(
    services: Services,
    gateway: OperatorGateway,
    *,
    mailer: Mailer | None = None,
    caller: CallbackCaller | None = None,
    given: Sequence[LinkSetup] = (),
) -> Loops:
    """Build the worker's loops; without a mailer or a caller, the loops that use it are left out.

    `given` are links in addition to those of the database, if the gateway has several links.
    """
    sender, receiver = Sender(services, gateway), Receiver(services, gateway)
    scheduler = Scheduler(services)
    holders: list[Holder] = [sender]
    steps: dict[str, Step] = {
        "sender": sender.step,
        "receiver": receiver.receive,
        "receipts": receiver.apply,
        "scheduler": scheduler.step,
        "sweeps": scheduler.sweep,
        "housekeeper": Housekeeper(services).step,
    }
    if mailer is not None:
        notifier = Notifier(services, mailer)
        holders.append(notifier)
        steps |= {"mails": notifier.send_mails, "alert sms": notifier.send_sms}
    endings: list[Ending] = []
    if isinstance(gateway, Links):
        keeper = LinkKeeper(services, gateway, given)
        steps["links"] = keeper.step
        endings.append(keeper.finish)
    # After the links: once they are closed, everything has been answered, or never will be.
    endings.append(sender.finish)
    if caller is not None:
        dispatcher = CallbackDispatcher(services, caller)
        holders.append(dispatcher)
        steps["callbacks"] = dispatcher.step
        endings.append(dispatcher.finish)
    return Loops(services.bus, steps, endings, beating=Heartbeat(services, holders).run)


@asynccontextmanager
async def running(services: Services, database: Database) -> AsyncIterator[None]:
    """Keep the database open during the block, and afterwards let running work finish.

    Raises:
        RuntimeError: the database lacks migrations, or is used with another secret key.
    """
    await database.open()
    try:
        missing = await database.missing_migrations()
        if missing:
            raise RuntimeError(f"The database lacks migrations ({', '.join(missing)}): run 'chappe migrate'.")
        await check_secret_key(services)
        yield
    finally:
        # First, since the shutdown would wait for callers that wait for a check.
        services.passwords.close()
        await services.drain()
        await database.close()


def _data_folder(settings: Settings) -> Path:
    """Return the folder for other files: next to SQLite's database, or var."""
    path = Database(settings.database.url).sqlite_path
    return path.parent if path else Path("var")
