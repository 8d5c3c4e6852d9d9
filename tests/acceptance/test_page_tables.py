"""The tables of the pages agree with the code."""

import re
import tomllib

from typer.main import get_command

from server.cli.program import app
from server.gateways.simulator import SPECIAL, script_for
from server.rules.messages.ptt import PTT_CODES
from server.web.http2sms.fields import _NAMES
from server.web.http2sms.responses import ResultCode
from server.web.http2sms.routes import PATHS
from tests.acceptance.pages import read, table

BY_URL = "docs/guides/send-by-url.md"


def test_the_simulators_digits_are_all_told() -> None:
    """The table says for every receiver what the simulated operator does."""
    codes = [f"{code:03}" for code in PTT_CODES if f"{code:03}" not in SPECIAL]
    assert table("docs/simulator.md", "The simulated operator") == [
        *[f"| {digits} | {script.summary} |" for digits, script in SPECIAL.items()],
        f"| {', '.join(codes)} | ends with the ptt code of that number |",
        "| any others | delivered |",
    ]
    assert script_for("+447700900555").summary == "delivered"
    for digits in codes:
        assert script_for(f"+447700900{digits}").summary == f"ends with ptt {int(digits)}"


def test_the_commands_are_all_told() -> None:
    """The table lists every command of the program, in the same order."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 a group's, which the type lacks
    told = [re.findall(r"`([a-z-]+)`", row)[0] for row in table("docs/commands.md", "Commands")]
    assert told == list(commands)


def test_the_layers_are_told_as_they_are_checked() -> None:
    """From the top to the bottom, with layers of the same height in one row."""
    contracts = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["containers"] == ["server"])
    rows = [
        re.findall(r"`(\w+)`", row.split("|")[1]) for row in table("docs/architecture.md", "How it is built")
    ]
    assert [set(row) for row in rows] == [set(layer.split(" | ")) for layer in layers]


def test_http2sms_is_told_whole() -> None:
    """The tables have every field, every result code and both addresses of sending by URL."""
    fields = [name for row in table(BY_URL, "Fields") for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert fields == list(dict.fromkeys(_NAMES.values()))
    codes = [int(row.split("|")[1]) for row in table(BY_URL, "Answers")]
    assert codes == [code.value for code in ResultCode]
    assert [path for path in PATHS if f"`{path}`" not in read(BY_URL)] == []
