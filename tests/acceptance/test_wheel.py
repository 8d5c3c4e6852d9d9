"""The package: built, installed into an empty environment, and served from there."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.factories.cli.processes import started
from tests.factories.running import plain_http

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"


def _uv(*arguments: object) -> str:
    done = subprocess.run(
        [UV, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )
    return done.stdout


@pytest.mark.timeout(300)
def test_the_package_has_all_that_the_server_serves(tmp_path: Path) -> None:
    """In an empty environment it creates a demo and serves it, including the panel and GraphiQL."""
    _uv("build", "--quiet", "--wheel", "--out-dir", tmp_path)
    [wheel] = tmp_path.glob("*.whl")
    names = ZipFile(wheel).namelist()
    assert {"server/web/graphiql/dist/index.html", "server/web/panel/dist/index.html"} <= set(names)
    unwanted = (
        "node_modules",
        "graphiql/src",
        "graphiql/package",
        "panel/src",
        "panel/package",
        "tests/",
        ".ts",
        ".mjs",
    )
    assert [name for name in names if any(word in name for word in unwanted)] == []

    versions, there = tmp_path / "versions.txt", tmp_path / "there"
    versions.write_text(_uv("export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--no-hashes"))
    _uv("venv", "--quiet", "--python", sys.executable, there)
    _uv("pip", "install", "--quiet", "--python", there / "bin" / "python", "--constraints", versions, wheel)
    program = [str(there / "bin" / "chappe")]
    with started(
        "demo", "--serve", "--port", "0", program=program, environment={}, folder=tmp_path
    ) as server:
        for path in ("/", "/graphiql"):
            page = plain_http.get(f"{server.url()}{path}")
            assert page.status_code == 200
            assert "<script" in page.text
