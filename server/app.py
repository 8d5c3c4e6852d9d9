"""The web application, and the small one of a separate worker."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.http import answer_fault
from server.graphql.transport.streams import Streams
from server.graphql.transport.trusted_documents import DocumentPolicy, read_documents
from server.operations.core.leases import release_claims
from server.operations.core.offered_sign_ins import OfferedSignIn
from server.operations.core.services import Services
from server.settings import Settings
from server.store.database import Database
from server.web.alert_page import alert_page_routes
from server.web.compression import Compression
from server.web.graphiql_page import graphiql_routes
from server.web.health import Readiness, health_routes
from server.web.http2sms.routes import http2sms_routes
from server.web.metrics import metrics_routes
from server.web.middleware import RequestContext, SecurityHeaders, trusted_proxies
from server.web.operator_calls import operator_call_routes
from server.web.panel_page import panel_routes
from server.wiring import (
    build_caller,
    build_gateway,
    build_mailer,
    build_services,
    build_worker,
    given_links,
    running,
)


def build_app(settings: Settings, *, offered_sign_ins: Sequence[OfferedSignIn] = ()) -> Starlette:
    """Build the web application, with the workers in its lifespan. Before a shutdown, end `state.streams`.

    `offered_sign_ins` are a demo's, for its sign-in page.

    Raises (when it starts):
        RuntimeError: the database lacks migrations.
    """
    services = replace(build_services(settings), offered_sign_ins=offered_sign_ins)
    database = Database(settings.database.url)
    streams = Streams()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with running(services, database):
            worker = build_worker(
                services,
                build_gateway(settings, services),
                mailer=build_mailer(settings),
                caller=build_caller(settings, services),
                given=given_links(settings),
            )
            await release_claims(services)
            worker.start()
            try:
                yield
            finally:
                streams.stop()
                await worker.stop(grace_seconds=settings.web.shutdown_seconds)

    app = Starlette(
        routes=[
            *graphql_routes(services, streams, edge_policy(settings)),
            *panel_routes(),
            *http2sms_routes(services),
            *alert_page_routes(services),
            *operator_call_routes(services),
            *health_routes(Readiness(database, services.transactions), stopping=streams.stopping.is_set),
            *metrics_routes(services, followed=lambda: streams.by_transport),
            *(graphiql_routes() if services.policy.graphiql else ()),
        ],
        middleware=_cross_origin(settings.web.allowed_origins),
        exception_handlers={Exception: answer_fault},
        lifespan=lifespan,
    )
    app.state.streams = streams
    app.state.collector = services.collector
    # Around everything: Starlette's own middleware misses the answer to an unhandled error.
    whole = RequestContext(SecurityHeaders(Compression(app.build_middleware_stack())), services.meters)
    app.middleware_stack = trusted_proxies(whole, settings.web.trusted_proxies)
    return app


def build_worker_app(services: Services, database: Database, *, stopping: Callable[[], bool]) -> ASGIApp:
    """Build the web application of a separate worker: its health and its metrics."""
    app = Starlette(
        routes=[
            *health_routes(Readiness(database, services.transactions), stopping=stopping),
            *metrics_routes(services),
        ]
    )
    return RequestContext(SecurityHeaders(app), services.meters)


def edge_policy(settings: Settings) -> EdgePolicy:
    """Return the policy of the GraphQL endpoint in this profile."""
    return EdgePolicy(
        secure_cookies=settings.secure_cookies,
        introspection=settings.in_development(settings.graphql.introspection),
        suggestions=settings.in_development(settings.graphql.suggestions),
        allowed_origins=settings.web.allowed_origins,
        documents=DocumentPolicy(settings.graphql.documents),
        trusted_documents=read_documents(settings.graphql.trusted_documents)
        if settings.graphql.trusted_documents
        else {},
        persisted_queries=settings.graphql.persisted_queries,
    )


def _cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """Let pages of these origins use GraphQL with a token; cookies are only for our own pages."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    ]
