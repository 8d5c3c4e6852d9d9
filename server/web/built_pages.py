"""Pages that `make` builds into a folder, for this server to serve."""

import mimetypes
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from server.web.compression import best_coding

SUFFIXES: Mapping[str, str] = {"br": ".br", "gzip": ".gz"}
"""The suffix of a compressed file's name, by its content coding."""

_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Chappe</title>
<body style="font: 16px/1.5 sans-serif; margin: 4rem auto; max-width: 36rem; padding: 0 1rem">
<h1>{name} is not built</h1>
<p>Run <code>{command}</code> in the project's folder, and load this page again.
The GraphQL endpoint itself, <code>/graphql</code>, works without it.</p>
</html>
"""

Serve = Callable[[Request], Response]


class BuiltPage:
    """One page and its files.

    Each request reads the folder: a page that is built later needs no restart.
    """

    def __init__(self, built: Path, *, name: str, command: str) -> None:
        """`command` builds the page; until then an explanation is served, with the page's `name`."""
        self._built = built
        self._not_built = _NOT_BUILT.format(name=name, command=command)

    def page(self, policy: str, nonce: str | None = None) -> Response:
        """Return the page with this Content-Security-Policy; the nonce replaces the page's `{{nonce}}`."""
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
        index = self._built / "index.html"
        if not index.is_file():
            return HTMLResponse(self._not_built, status_code=503, headers=headers)
        text = index.read_text("utf-8")
        return HTMLResponse(text if nonce is None else text.replace("{{nonce}}", nonce), headers=headers)

    def asset(self, request: Request, policy: str) -> Response:
        """Return the file with the path's `name`, compressed by the build if the client accepts that."""
        # Only names that the folder lists are served, so that no name leads out of it.
        files = {file.name: file for file in (self._built / "assets").glob("*")}
        name = request.path_params["name"]
        headers = {"Content-Security-Policy": policy, "Vary": "Accept-Encoding"}
        if name not in files or name.endswith(tuple(SUFFIXES.values())):
            return PlainTextResponse(
                "Not Found", status_code=404, headers={**headers, "Cache-Control": "no-cache"}
            )
        # A file's name changes with its content.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
        coding = best_coding(", ".join(request.headers.getlist("accept-encoding")))
        compressed = files.get(name + SUFFIXES[coding]) if coding else None
        if compressed is not None and coding is not None:
            headers["Content-Encoding"] = coding
        return FileResponse(
            compressed or files[name], media_type=mimetypes.guess_type(name)[0], headers=headers
        )
