"""The state of a link, from the states of its binds."""

import pytest

from server.gateways.link_state import BindKind, BindState, ChannelState, LinkState, LinkStatus
from server.gateways.smpp.link import Link
from server.gateways.smpp.options import LinkOptions
from server.rules.links.smpp import BindMode

BOTH, IN, OUT = BindKind.TRANSCEIVER, BindKind.RECEIVER, BindKind.TRANSMITTER
BOUND, CONNECTING = ChannelState.BOUND, ChannelState.CONNECTING
WAITING, STOPPED = ChannelState.WAITING, ChannelState.STOPPED


@pytest.mark.parametrize(
    ("binds", "status"),
    [
        ([(BOTH, WAITING), (BOTH, BOUND)], LinkStatus.BOUND),
        ([(OUT, BOUND), (IN, WAITING)], LinkStatus.BOUND),
        ([(OUT, CONNECTING), (IN, BOUND)], LinkStatus.CONNECTING),
        ([(OUT, WAITING), (IN, BOUND)], LinkStatus.DOWN),
        ([(BOTH, STOPPED)], LinkStatus.STOPPED),
        ([], LinkStatus.STOPPED),
    ],
)
def test_one_open_bind_that_submits_is_enough(
    binds: list[tuple[BindKind, ChannelState]], status: LinkStatus
) -> None:
    """A link with only receiving binds takes no messages."""
    state = LinkState(name="main", binds=tuple(BindState(kind, of) for kind, of in binds))
    assert state.status is status


def test_a_link_that_was_not_started_is_told_as_such() -> None:
    """With a bind of each kind of its mode."""
    options = LinkOptions(name="main", host="h", system_id="u", password="p", mode=BindMode.PAIR)
    state = Link(options).state
    assert state == LinkState(name="main", binds=(BindState(OUT, STOPPED), BindState(IN, STOPPED)))
