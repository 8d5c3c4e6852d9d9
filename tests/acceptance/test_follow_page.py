"""The guide to following deliveries works as written."""

import json
from pathlib import Path

from tests.acceptance.newcomer import Newcomer
from tests.acceptance.pages import block
from tests.factories.cli.processes import eventually, started

PAGE = "docs/guides/follow-deliveries.md"


def test_a_message_is_followed_as_pasted(newcomer: Newcomer, tmp_path: Path) -> None:
    """Sending by GraphQL and following live give exactly the answers shown."""
    eventually(newcomer.settled)  # the demo's messages, some of which are refunded
    newcomer.sign_in()
    token = newcomer.paste("echo $TOKEN")
    listening = newcomer.listeners()
    subscription = block(PAGE, "sh", "subscription {").replace(" &", "")
    follow = newcomer.filled_in(f"TOKEN={token}\n{subscription}")
    unbuffered = {"PYTHONUNBUFFERED": "1"}  # as at a terminal
    with started("-c", follow, program=["/bin/bash"], environment=unbuffered, folder=tmp_path) as follower:
        eventually(lambda: newcomer.listeners() > listening)
        answer = json.loads(newcomer.paste(block(PAGE, "sh", "sendMessage(")))
        assert answer.pop("extensions")["cost"]["actual"] > 0
        assert answer == json.loads(block(PAGE, "json", '"sendMessage"'))
        shown = block(PAGE, "json", '"deliveryStatusChanged"').strip().splitlines()
        eventually(lambda: follower.out.count("\n") >= len(shown))
        assert [json.loads(line) for line in follower.out.splitlines()] == [
            json.loads(line) for line in shown
        ]
