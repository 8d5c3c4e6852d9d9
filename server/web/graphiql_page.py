"""GraphiQL: the page that `make graphiql` builds from the folder `graphiql`, served by this server alone."""

from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

BUILT = Path(__file__).parent / "graphiql" / "dist"

HEADERS: Mapping[str, str] = {
    # The editor sets styles from scripts, and has fonts and images in its style sheets.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
        "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}

_REVALIDATED = {**HEADERS, "Cache-Control": "no-cache"}
# A file's name changes with what is in it.
_FOREVER = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}

_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Chappe GraphiQL</title>
<body style="font: 16px/1.5 sans-serif; margin: 4rem auto; max-width: 36rem; padding: 0 1rem">
<h1>GraphiQL is not built</h1>
<p>Run <code>make graphiql</code> in the project's folder, and load this page again.
The GraphQL endpoint itself, <code>/graphql</code>, works without it.</p>
</html>
"""


def graphiql_routes(built: Path = BUILT) -> list[Route]:
    """Return `/graphiql` and the files that it loads, from the folder where the build puts them.

    The folder is looked at in each request: a page that is built later needs no restart.
    """

    async def page(_: Request) -> Response:
        index = built / "index.html"
        if not index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503, headers=_REVALIDATED)
        return FileResponse(index, headers=_REVALIDATED)

    async def asset(request: Request) -> Response:
        # Only what the folder lists has a name here, so that no name leads out of it.
        files = {file.name: file for file in (built / "assets").glob("*")}
        file = files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("Not Found", status_code=404, headers=_REVALIDATED)
        return FileResponse(file, headers=_FOREVER)

    return [
        Route("/graphiql", page),
        Route("/graphiql/", page),
        Route("/graphiql/assets/{name}", asset),
    ]
