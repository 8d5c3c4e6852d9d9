"""Serves the web, or runs a worker, until a signal ends it."""

import asyncio
import errno
import math
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from types import FrameType

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from uvicorn.loops.auto import auto_loop_factory

from server.app import build_app, build_worker_app
from server.cli.opening import open_services
from server.cli.terminal import CommandRefused
from server.graphql.transport.streams import Streams
from server.kit.collecting import Collector
from server.kit.phone_number import load_numbering_plans
from server.operations.core.leases import release_claims
from server.operations.core.offered_sign_ins import OfferedSignIn
from server.operations.core.services import Services
from server.settings import Settings
from server.settings.web import WebSettings
from server.store.database import Database
from server.web.connections import ConnectionBounds, Connections, bounded_protocols
from server.wiring import build_caller, build_gateway, build_mailer, build_worker, given_links

WEBSOCKET_FRAME_BYTES = 256 * 1024
ACCEPTS = 64
"""How many connections asyncio accepts in one go, and how often it fails to without free descriptors."""
TICKS_A_SECOND = 10  # uvicorn's
FAREWELL_SECONDS = 2.0
"""How long clients have to receive the notice of a shutdown."""
UNREAD_MS = 30_000
"""How long a client may leave sent data unread before the system ends its connection (RFC 5482)."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = structlog.get_logger()

OnReady = Callable[[Starlette, str], None]


def listen(web: WebSettings, port: int | None = None, *, variable: str = "CHAPPE_PORT") -> socket.socket:
    """Listen on the port of the settings or another, which the variable sets. Early callers wait to be served.

    Raises:
        CommandRefused: the port is in use, or the address is not this machine's.
    """
    host, port = web.host, web.port if port is None else port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=web.backlog)
    except OSError as error:
        raise CommandRefused(_why_not(error, host, port, variable)) from error
    # An answer is written in two parts, head and body, and the second would wait for the client's delayed
    # acknowledgement of the first (40 ms). asyncio sets this only for its own sockets.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # A client that reads nothing would keep its connection for ever, and block a shutdown.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    return listener


def serve(
    settings: Settings,
    listener: socket.socket,
    on_ready: OnReady,
    *,
    offered_sign_ins: Sequence[OfferedSignIn] = (),
) -> None:
    """Serve until SIGINT or SIGTERM, finish running work, and return.

    `on_ready` is called with the application and its URL once it answers requests. The sign-in page offers a
    demo's sign-ins only if the server listens on a loopback address.

    Raises:
        CommandRefused: the application did not start; the log has the reason.
    """
    is_for_us_alone = ip_address(listener.getsockname()[0]).is_loopback
    app = build_app(settings, offered_sign_ins=offered_sign_ins if is_for_us_alone else ())

    def ready() -> None:
        url = _url(listener)
        log.info("serving", url=url)
        on_ready(app, url)

    server = _Server(app, settings, ready)
    # uvicorn raises each signal again after a graceful end; with these the process ends there, with status 0.
    for number in SIGNALS:
        signal.signal(number, server.stop)
    try:
        server.run(sockets=[listener])
    except SystemExit as error:
        raise CommandRefused("The server did not start; the lines above say why.") from error
    log.info("stopped")


def work(settings: Settings) -> None:
    """Run a worker until SIGINT or SIGTERM, on the loop that the server has too (uvloop, where there is one).

    Raises:
        CommandRefused: the database does not exist or is not up to date, or the port is in use.
    """
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    """Run the loops, and let each finish its step at the end."""
    stop = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        open_services(settings) as services,
        _telling(settings, services, stopping=stop.is_set),
    ):
        loops = build_worker(
            services,
            build_gateway(settings, services),
            mailer=build_mailer(settings),
            caller=build_caller(settings, services),
            given=given_links(settings),
        )
        await release_claims(services)
        loops.start()
        log.info("worker started")
        await stop.wait()
        await loops.stop(grace_seconds=settings.web.shutdown_seconds)
    log.info("worker stopped")


@asynccontextmanager
async def _telling(
    settings: Settings, services: Services, *, stopping: Callable[[], bool]
) -> AsyncIterator[None]:
    """Serve the worker's health and metrics on its own port, if it has one, during the block."""
    if settings.web.worker_port is None:
        yield
        return
    with listen(settings.web, settings.web.worker_port, variable="CHAPPE_WORKER_PORT") as listener:
        app = build_worker_app(services, Database(settings.database.url), stopping=stopping)
        server = _SideServer(app, settings)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="health and metrics")
        log.info("worker tells", url=_url(listener))
        try:
            yield
        finally:
            server.should_exit = True
            await serving


class _BoundedServer(uvicorn.Server):
    """Bounds connections to the available descriptors, and ends those whose clients take too long to send."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._connections = Connections(ConnectionBounds.of_process(), settings.web.trusted_proxies)
        self._backlog = settings.web.backlog
        super().__init__(_configure(app, settings, self._connections))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(self._backlog)  # uvicorn sets the backlog to the number accepted in one go

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            now = asyncio.get_running_loop().time()
            self._connections.end_overdue(self.server_state.connections, now)
        return await super().on_tick(counter)


class _SideServer(_BoundedServer):
    """Leaves signals to its worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server(_BoundedServer):
    """Reports when it is ready, and ends the streams at shutdown."""

    def __init__(self, app: Starlette, settings: Settings, on_ready: Callable[[], None]) -> None:
        super().__init__(app, settings)
        self._app = app
        self._on_ready = on_ready
        self._collector: Collector = app.state.collector

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            load_numbering_plans()
            self._collector.start()
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_A_SECOND == 0:
            self._collector.look()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams don't end by themselves, and the server would wait for them in vain.
        streams: Streams = self._app.state.streams
        streams.stop()
        await streams.ended(seconds=FAREWELL_SECONDS)
        await super().shutdown(sockets)

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self.should_exit = True


def _configure(app: ASGIApp, settings: Settings, connections: Connections) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="auto",
        **bounded_protocols(connections),
        backlog=ACCEPTS,
        timeout_keep_alive=settings.web.keep_alive_seconds,
        ws_max_size=WEBSOCKET_FRAME_BYTES,
        ws_per_message_deflate=False,  # it would take 43 KB of each connection, and compress each event for each
        proxy_headers=False,
        server_header=False,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=math.ceil(settings.web.shutdown_seconds),
    )


def _why_not(error: OSError, host: str, port: int, variable: str) -> str:
    if isinstance(error, socket.gaierror):
        return f"CHAPPE_HOST: {host} is not an address of this machine."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use; set {variable} to another port."
    return f"Can't listen on {host}, port {port}: {error.strerror}."


def _url(listener: socket.socket) -> str:
    """Return a URL that works on this machine, even if the server listens on all addresses."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 it is what is avoided
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
