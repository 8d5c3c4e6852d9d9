"""GraphiQL: the page that `make graphiql` builds from the folder `graphiql`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.web.built_pages import BuiltPage

BUILT = Path(__file__).parent / "graphiql" / "dist"

# The editor sets styles in scripts, and has fonts and images in its style sheets.
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def graphiql_routes(built: Path = BUILT) -> list[Route]:
    """Return `/graphiql` and its files, from the folder of the build."""
    graphiql = BuiltPage(built, name="GraphiQL", command="make graphiql")

    def page(_: Request) -> Response:
        return graphiql.page(POLICY)

    def asset(request: Request) -> Response:
        return graphiql.asset(request, POLICY)

    return [
        Route("/graphiql", page),
        Route("/graphiql/", page),
        Route("/graphiql/assets/{name}", asset),
    ]
