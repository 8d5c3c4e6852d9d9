"""The audits of the npm package graphql-http: does the endpoint follow the specification?"""

import asyncio
import json
import shutil
import sys
from pathlib import Path

from server.operations.core.services import Services
from tests.client import graphql_app, serving

CONFORMANCE = Path(__file__).parents[1] / "conformance"
BIN = Path(sys.executable).parent
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}


async def _audited(url: str) -> list[dict[str, str]]:
    """Return the result of each audit of the server at this URL."""
    # The environment's Node, if the machine's is too old or missing.
    node = shutil.which("node", path=BIN) or shutil.which("node")
    assert node, "There is no Node: run 'make test'"
    assert (CONFORMANCE / "node_modules").is_dir(), "The audits are not installed: run 'make test'"
    process = await asyncio.create_subprocess_exec(
        node, "run.mjs", url, cwd=CONFORMANCE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    results: list[dict[str, str]] = json.loads(out)
    return results


async def test_every_audit_passes(services: Services) -> None:
    """Everything that a server must, should and may do."""
    async with serving(graphql_app(services)) as host:
        results = await _audited(f"http://{host}/graphql")
    assert [result for result in results if result["status"] != "ok"] == []
    levels = [result["name"].split()[0] for result in results]
    assert {level: levels.count(level) for level in AUDITS} == AUDITS
