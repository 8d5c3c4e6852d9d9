"""The page of a message's life: its diagram and tables have exactly the states and statuses of the code."""

import re

from server.rules.dispatch.delivery_state import State, combine, expired_here, no_final_receipt, stopped_here
from server.rules.messages.ptt import DeliveryStatus
from server.store.models.messages import MessageState
from tests.acceptance.pages import block, table

PAGE = "docs/message-life.md"
REFUNDED = {DeliveryStatus.NOT_BILLED}


def _cells(heading: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table(PAGE, heading)]


def test_the_diagram_has_exactly_the_states_of_the_code() -> None:
    """Each is entered and left, and the labels name every status."""
    diagram = block(PAGE, "mermaid", "stateDiagram-v2")
    arrows = re.findall(r"^ +(\S+) --> (\S+?)(?::.*)?$", diagram, re.MULTILINE)
    states = {state.value for state in MessageState}
    assert len(arrows) == diagram.count("-->")
    assert {source for source, _ in arrows} - {"[*]"} == states
    assert {target for _, target in arrows} - {"[*]"} == states
    assert set(re.findall(r"\b[A-Z_]{4,}\b", diagram)) == {status.name for status in DeliveryStatus}


def test_the_tables_have_every_state_and_status() -> None:
    """With its code, and whether it is final and refunded."""
    assert [cells[0].strip("`") for cells in _cells("States")] == [state.value for state in MessageState]
    told = {cells[0]: tuple(cells[1:4]) for cells in _cells("Statuses")}
    words = {True: "yes", False: "no"}
    assert told == {
        status.name: (str(status.value), words[status.final], words[status in REFUNDED])
        for status in DeliveryStatus
    }


def test_what_several_parts_come_to_is_told() -> None:
    """Each row of the table is the rules' result for such parts."""
    success, unbilled, failed = (
        State(DeliveryStatus.SUCCESS, 4), State(DeliveryStatus.NOT_BILLED, 25), State(DeliveryStatus.FAILED, 24),
    )  # fmt: skip
    rows = {
        "all SUCCESS": [success, success],
        "all NOT_BILLED": [unbilled, unbilled],
        "at least one FAILED": [success, failed, unbilled],
        "some SUCCESS, some NOT_BILLED": [success, unbilled],
    }
    told = {parts: re.findall("[A-Z_]{4,}", end)[0] for parts, end in _cells("Several parts")}
    assert told == {parts: combine(states).status.name for parts, states in rows.items()}


def test_every_end_without_a_receipt_is_told() -> None:
    """With the status and the ptt of the rules."""
    ends = [(status, ptt) for _, status, ptt in _cells("When it ends without a receipt")]
    for state in (expired_here(), stopped_here(), no_final_receipt()):
        assert (state.status.name, str(state.ptt)) in ends
