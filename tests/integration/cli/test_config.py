"""`chappe config`: the settings, their sources, and the documentation page."""

from pathlib import Path

from server.settings.environment import variables
from tests.integration.cli.conftest import CommandLine

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_every_setting_is_shown_with_its_source(chappe: CommandLine) -> None:
    """Values from the environment are distinguished from defaults; secrets are masked."""
    result = chappe("config", CHAPPE_PORT="9000")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "CHAPPE_PORT=9000  (environment)" in lines
    assert "CHAPPE_MAX_PARTS=6  (default)" in lines
    assert "CHAPPE_SECRET_KEY=[redacted]  (environment)" in lines
    for variable in variables():
        assert any(line.startswith(f"{variable.name}=") for line in lines)
        assert f"    {variable.info.description}" in lines


def test_the_page_is_the_codes(chappe: CommandLine) -> None:
    """`make docs` was run after the last change."""
    assert chappe("config", "--markdown").stdout == PAGE.read_text()


def test_no_command_goes_on_past_a_name_that_is_none(chappe: CommandLine) -> None:
    """One line says which, and which is near."""
    result = chappe("migrate", CHAPPE_DATABASE_ULR="sqlite://elsewhere.db")
    assert result.exit_code == 1
    assert result.stderr.strip() == (
        "chappe: CHAPPE_DATABASE_ULR is not a setting. Did you mean CHAPPE_DATABASE_URL?"
    )
