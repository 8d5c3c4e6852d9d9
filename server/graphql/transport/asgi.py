"""The GraphQL endpoint's routes, and the wiring of its parts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from graphql import NoSchemaIntrospectionCustomRule
from starlette.routing import BaseRoute, Route, WebSocketRoute

from server.graphql.schema.schema import accesses, core_schema
from server.graphql.transport.documents import DocumentCache
from server.graphql.transport.engine import Engine
from server.graphql.transport.http import HttpEndpoint
from server.graphql.transport.identifier import Identifier
from server.graphql.transport.limits import Limits
from server.graphql.transport.streams import Streams
from server.graphql.transport.trusted_documents import DocumentPolicy, TrustedDocuments
from server.graphql.transport.websocket import SocketEndpoint, SocketPolicy
from server.operations.core.rate_budget import RateBudget
from server.operations.core.services import Services

PATH = "/graphql"


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePolicy:
    """What differs between development and production, and what an operator of the server may set."""

    secure_cookies: bool = False
    introspection: bool = True
    suggestions: bool = True
    allowed_origins: Collection[str] = ()
    documents: DocumentPolicy = DocumentPolicy.ANY
    trusted_documents: Mapping[str, str] = field(default_factory=dict)
    persisted_queries: bool = False
    limits: Limits = field(default_factory=Limits)
    sockets: SocketPolicy = field(default_factory=SocketPolicy)


def build_engine(services: Services, policy: EdgePolicy) -> Engine:
    """Build what runs operations."""
    documents = DocumentCache(
        core_schema,
        accesses,
        policy.limits,
        hide_suggestions=not policy.suggestions,
        extra_rules=() if policy.introspection else (NoSchemaIntrospectionCustomRule,),
    )
    trusted = TrustedDocuments(policy.trusted_documents, policy.documents, automatic=policy.persisted_queries)
    return Engine(
        core_schema,
        documents,
        trusted,
        RateBudget(services),
        policy.limits,
        hide_suggestions=not policy.suggestions,
    )


def graphql_routes(services: Services, streams: Streams, policy: EdgePolicy) -> list[BaseRoute]:
    """Return the routes of the GraphQL endpoint."""
    engine = build_engine(services, policy)
    identifier = Identifier(
        services, secure_cookies=policy.secure_cookies, allowed_origins=policy.allowed_origins
    )
    http = HttpEndpoint(engine, identifier, streams, send_seconds=policy.sockets.send_seconds)
    socket = SocketEndpoint(engine, identifier, streams, policy.sockets)
    return [
        # Every method, so that those which are not served get an answer in JSON as well.
        Route(
            PATH, http.answer, methods=["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
        ),
        WebSocketRoute(PATH, socket.serve),
    ]
