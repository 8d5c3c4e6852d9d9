"""The files for contributors parse, and name existing things."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.acceptance.pages import PAGES, ROOT, read

MAKEFILE = read("Makefile")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
WORKFLOW = ".github/workflows/ci.yml"
FORMS = tuple(str(path.relative_to(ROOT)) for path in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")))
NAMING_TARGETS = (
    *PAGES, *FORMS, WORKFLOW, ".ci/run", ".github/PULL_REQUEST_TEMPLATE.md", ".pre-commit-config.yaml",
    ".devcontainer/devcontainer.json",
)  # fmt: skip


def _yaml(path: str) -> Any:
    return yaml.safe_load(read(path))


@pytest.mark.parametrize("path", NAMING_TARGETS)
def test_every_target_is_one(path: str) -> None:
    """Every target of `make` that a file names exists."""
    commands = re.findall(
        r"(?:`|^ *|run: |\")make ([a-z][a-z .-]*?)(?=[`\"\n&|]| [A-Z#])", read(path), re.MULTILINE
    )
    assert {target for command in commands for target in command.split()} - TARGETS == set()


def test_the_workflow_runs_what_a_change_has_to_pass() -> None:
    """On each push and pull request `.ci/run`, and each night the coverage."""
    workflow = _yaml(WORKFLOW)
    triggers = workflow[True]  # YAML's word for `on`
    assert {"push", "pull_request", "schedule"} <= triggers.keys()
    runs = {
        name: [step["run"] for step in job["steps"] if "run" in step]
        for name, job in workflow["jobs"].items()
    }
    assert runs == {"change": [".ci/run"], "nightly": ["make coverage"]}
    assert (ROOT / ".ci/run").stat().st_mode & 0o100


def test_the_hooks_run_what_make_check_runs() -> None:
    """All the same commands, from the same environment."""
    [repository] = _yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    checks = re.search(r"^check:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert checks is not None
    made = [line.strip("\t@") for line in checks[1].splitlines()]
    assert [hook["entry"].replace(".venv/bin", "$(BIN)") for hook in repository["hooks"]] == made


@pytest.mark.parametrize("path", FORMS)
def test_a_form_asks_for_something(path: str) -> None:
    """Each question has a unique id and a label."""
    form = _yaml(path)
    assert form.keys() >= {"name", "description", "body"}
    questions = [item for item in form["body"] if item["type"] != "markdown"]
    assert all(question["attributes"]["label"] for question in questions)
    ids = [question["id"] for question in questions]
    assert len(ids) == len(set(ids))


def test_the_container_has_what_is_needed() -> None:
    """A Python that the package accepts, and an install command that is a target of make."""
    container = json.loads(read(".devcontainer/devcontainer.json"))
    least = re.search(r'^requires-python = ">=3\.(\d+)"', read("pyproject.toml"), re.MULTILINE)
    image = re.match(r"python:3\.(\d+)", container["image"])
    assert least is not None
    assert image is not None
    assert int(image[1]) >= int(least[1])
    assert container["postCreateCommand"].removeprefix("make ") in TARGETS
