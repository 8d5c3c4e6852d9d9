"""HTTP requests to the GraphQL endpoint, valid or not."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.streams import Streams
from server.operations.core.services import Services
from server.web.middleware import RequestContext
from tests.client import HOST, PEER

JSON, GRAPHQL, STREAM = "application/json", "application/graphql-response+json", "text/event-stream"
VIEWER, STATUSES = "{ viewer { name } }", "{ deliveryStatuses { number } }"
SIGN_OUT = "mutation { signOut { signedOut } }"
SUBSCRIPTION = 'subscription { deliveryStatusChanged(account: "sms-demo-1") { status } }'


def endpoint(services: Services, policy: EdgePolicy) -> ASGIApp:
    """Return an application with only the GraphQL endpoint, with a policy."""
    return RequestContext(Starlette(routes=graphql_routes(services, Streams(), policy)), services.meters)


async def send(app: ASGIApp, method: str = "POST", **request: Any) -> httpx.Response:
    """Send a request with any body, parameters and headers."""
    transport = httpx.ASGITransport(app, client=(PEER, 50_000))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}", trust_env=False) as client:
        return await client.request(method, "/graphql", **request)


async def ask(
    app: ASGIApp, body: str | Mapping[str, Any], accept: str = JSON, **headers: str
) -> httpx.Response:
    """Post a document, or the parameters of a body."""
    parameters = {"query": body} if isinstance(body, str) else dict(body)
    return await send(app, json=parameters, headers={"Accept": accept, **headers})


def codes(response: httpx.Response) -> list[str]:
    """Return the code of each error."""
    return [error["extensions"]["code"] for error in response.json()["errors"]]
