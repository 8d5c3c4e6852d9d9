"""The page of walks through the code: its files exist, and each stage only goes down."""

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.pages import ROOT, blocks, read

PAGE = "docs/walks.md"
PUT_TOGETHER_BY = (
    "server/app.py", "server/wiring.py", "server/gateways/smpp/driver.py",
    "server/graphql/schema/schema.py", "server/graphql/transport/asgi.py",
)  # fmt: skip
"""Files that connect others which only know each other by a protocol, a route or a name of the schema."""

CONTRACTS = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]


@dataclass(frozen=True)
class Stage:
    """A list of the page: its heading, and its files in order."""

    heading: str
    files: list[str]


def _stages() -> list[Stage]:
    found = re.findall(r"^(\S.*):\n\n((?:\d+\. .*\n)+)", read(PAGE), re.MULTILINE)
    return [Stage(heading, re.findall(r"^\d+\. `(.+?)`: ", items, re.MULTILINE)) for heading, items in found]


STAGES = _stages()


def _ranks(container: str) -> dict[str, int]:
    """Return the depth of each module of a container, from the contract that orders them."""
    [layers] = [contract["layers"] for contract in CONTRACTS if contract.get("containers") == [container]]
    return {name: rank for rank, layer in enumerate(layers) for name in layer.split(" | ")}


LAYERS, ROOMS = _ranks("server"), _ranks("server.operations")


def _rank(file: str) -> tuple[int, int]:
    parts = Path(file).with_suffix("").parts
    return LAYERS[parts[1]], ROOMS[parts[2]] if parts[1] == "operations" else 0


def _imports(file: str, *, called: bool = False) -> set[str]:
    """Return the files of the server that a file imports, or only those with something that it calls."""
    tree = ast.parse(read(file))
    calls = {_root(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [
                alias.name for alias in node.names if not called or (alias.asname or alias.name) in calls
            ]
            modules |= {f"{node.module}.{name}" for name in names}
            modules |= {node.module} if names else set()
    return {f"{module.replace('.', '/')}.py" for module in modules}


def _root(called: ast.expr) -> str:
    while isinstance(called, ast.Attribute):
        called = called.value
    return called.id if isinstance(called, ast.Name) else ""


def test_every_item_names_a_file() -> None:
    """Four walks with a diagram each; no list is left out, and every file exists."""
    text = read(PAGE)
    assert len(re.findall("^## ", text, re.MULTILINE)) == len(blocks(PAGE, "mermaid")) == 4
    items = re.findall(r"^\d+\. ", text, re.MULTILINE)
    assert sum(len(stage.files) for stage in STAGES) == len(items)
    assert [file for stage in STAGES for file in stage.files if not (ROOT / file).is_file()] == []


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.heading)
def test_a_stage_goes_down_only(stage: Stage) -> None:
    """Layer by layer, and inside operations room by room; no file calls one above it."""
    ranks = [_rank(file) for file in stage.files]
    assert ranks == sorted(ranks)
    for place, file in enumerate(stage.files):
        assert _imports(file, called=True) & set(stage.files[:place]) == set(), file


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.heading)
def test_a_stage_leaves_out_no_step(stage: Stage) -> None:
    """A file above imports each file, or the wiring connects them."""
    given = set().union(*map(_imports, PUT_TOGETHER_BY))
    for place, file in enumerate(stage.files[1:], start=1):
        assert file in given.union(*map(_imports, stage.files[:place])), file


def test_the_diagrams_have_layers() -> None:
    """Each participant of a diagram is a layer, or somebody outside."""
    outside = {"program", "holder", "client", "operator", "endpoint"}
    named = {
        name
        for block in blocks(PAGE, "mermaid")
        for name in re.findall(r"(?:participant|actor) (\w+)", block.text)
    }
    assert named - outside <= LAYERS.keys()
