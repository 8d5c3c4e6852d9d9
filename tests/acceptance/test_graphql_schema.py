"""schema.graphql in others' tools: Relay's compiler, a schema linter, and a check for breaking changes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "tests" / "conformance"
BIN = Path(sys.executable).parent
SCHEMA = (ROOT / "schema.graphql").read_text()
# The environment's Node, if the machine's is too old or missing.
PATH = f"{BIN}:{os.environ['PATH']}"
FORMER = SCHEMA.replace("  enabled: Boolean!\n", "  enabled: Boolean!\n  active: Boolean!\n", 1)
TOLD = "breaking  Field 'active' was removed from object type 'Holder'\n"


def _node(script: str, *arguments: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run one of the scripts of `make test`, and return its status and output."""
    node = shutil.which("node", path=PATH)
    assert node, "There is no Node: run 'make test'"
    path = CONFORMANCE / script
    assert path.is_file(), "The audits are not installed: run 'make test'"
    return subprocess.run(
        [node, path, *arguments], cwd=folder, input=given, text=True, check=False, timeout=60,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def _compiled(folder: Path) -> subprocess.CompletedProcess[str]:
    return _node("node_modules/relay-compiler/cli.js", "relay.config.json", folder=folder)


def _linted(folder: Path, schema: str) -> subprocess.CompletedProcess[str]:
    (folder / "schema.graphql").write_text(schema)
    return _node(
        "node_modules/eslint/bin/eslint.js", "--config", str(CONFORMANCE / "eslint.config.mjs"),
        "--max-warnings", "0", "--no-color", "schema.graphql", folder=folder,
    )  # fmt: skip


@pytest.fixture
def panel(tmp_path: Path) -> Path:
    """A copy of a frontend with Relay, with the schema."""
    folder = tmp_path / "relay"
    shutil.copytree(CONFORMANCE / "relay", folder)
    (folder / "schema.graphql").write_text(SCHEMA)
    return folder


def test_relay_compiles_what_a_frontend_asks(panel: Path) -> None:
    """Pages to scroll, nodes by id, lists that stay up to date, and a subscription."""
    done = _compiled(panel)
    assert done.returncode == 0, done.stdout
    assert {path.name.partition(".")[0] for path in (panel / "__generated__").iterdir()} == {
        "console_ledger", "console_message", "console_messages", "console_tokens", "console_user",
        "console_users", "consoleCreateUserMutation", "consoleDeleteSenderMutation",
        "consoleDeleteUserMutation", "consoleFollowedSubscription", "consoleFoundQuery",
        "consoleLedgerPageQuery", "consoleMessagesPageQuery", "consolePanelQuery",
        "consoleTokensPageQuery", "consoleUsersPageQuery",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("file", "right", "wrong", "complaint"),
    [
        ("console.js", "lastUsedAt", "lastSeenAt", "`User` has no field `lastSeenAt`"),
        ("console.js", "generatedPassword", "generatedPassword @deleteRecord", "@deleteRecord"),
        ("console.js", "users(first: $count", "users(last: $count", "@connection"),
        ("schema.graphql", "type User implements Node {", "type User {", "console_user"),
        ("schema.graphql", "pageInfo: PageInfo!", "page: PageInfo!", "pageInfo"),
    ],
    ids=["no such field", "no id", "not by pages", "no node", "no page info"],
)
def test_relay_refuses_what_does_not_fit(
    panel: Path, file: str, right: str, wrong: str, complaint: str
) -> None:
    """A query that does not fit the schema, or a schema without Relay's requirements, does not compile."""
    text = (panel / file).read_text()
    assert right in text
    (panel / file).write_text(text.replace(right, wrong))
    done = _compiled(panel)
    assert done.returncode != 0
    assert complaint in done.stdout


def test_the_linter_has_nothing_to_say(tmp_path: Path) -> None:
    """Every rule is followed, unless the configuration turns it off with a reason."""
    done = _linted(tmp_path, SCHEMA)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_sees_what_is_wrong(tmp_path: Path) -> None:
    """An unused type, a missing id or description, a field out of style, a deprecation without a reason."""
    done = _linted(tmp_path, f"{SCHEMA}\ntype Stray {{ Old_name: Int @deprecated }}\n")
    assert done.returncode == 1
    complaints = {
        line.split("@graphql-eslint/")[1] for line in done.stdout.splitlines() if "@graphql-eslint/" in line
    }
    assert complaints == {
        "no-unreachable-types", "strict-id-in-types", "require-description", "naming-convention",
        "require-deprecation-reason",
    }  # fmt: skip


def test_breaking_changes_come_first(tmp_path: Path) -> None:
    """Breaking changes come before dangerous and safe ones; descriptions break nobody."""
    (tmp_path / "new.graphql").write_text(
        'type Query { left: Int kind: Kind "Told." all: Int } enum Kind { OLD NEW }'
    )
    before = "type Query { left: Int! kind: Kind gone: Int all: Int } enum Kind { OLD }"
    done = _node("changes.mjs", "new.graphql", folder=tmp_path, given=before)
    assert done.stdout.splitlines() == [
        "breaking  Field 'gone' was removed from object type 'Query'",
        "breaking  Field 'Query.left' changed type from 'Int!' to 'Int'",
        "dangerous Enum value 'NEW' was added to enum 'Kind'",
    ]
    assert done.returncode == 0


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A tree installed from here, whose schema.graphql has a field that the code no longer has."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    for name in ("pyproject.toml", "uv.lock", "installed", "audited"):
        (tmp_path / name).touch()
    (tmp_path / "schema.graphql").write_text(FORMER)
    return tmp_path


def _make_schema(folder: Path, git: str) -> str:
    """Run `make schema` in an installed tree, so without downloads, with this git, and return its output."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "git").write_text(f"#!/bin/sh\n{git}\n")
    (folder / "bin" / "git").chmod(0o755)
    installed = [f"BIN={BIN}", "STAMP=installed", "AUDITS=audited", "WITH_NODE=:"]
    return subprocess.run(
        [shutil.which("make") or "make", "-s", "schema", *installed], cwd=folder, text=True, check=True,
        env={**os.environ, "PATH": f"{folder}/bin:{PATH}"}, capture_output=True, timeout=60,
    ).stdout  # fmt: skip


def test_make_schema_tells_what_it_changes(checkout: Path) -> None:
    """Without git it compares with the old file, so the next run reports nothing."""
    assert _make_schema(checkout, git="exit 128") == TOLD
    assert (checkout / "schema.graphql").read_text() == SCHEMA
    assert _make_schema(checkout, git="exit 128") == "Nothing has changed for clients.\n"
    assert (checkout / "schema.graphql").read_text() == SCHEMA


def test_make_schema_compares_with_the_last_commit(checkout: Path) -> None:
    """With git, each run before the commit reports the same."""
    (checkout / "committed").write_text(FORMER)
    for _ in range(2):
        assert _make_schema(checkout, git='test "$*" = "show HEAD:./schema.graphql" && cat committed') == TOLD
