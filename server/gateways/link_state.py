"""The present state of a link, as reported by the process that holds it open."""

from dataclasses import dataclass

from server.kit.described_enums import DescribedStr

MAX_ERROR_CHARS = 200


class BindKind(DescribedStr):
    """The purpose of a bind."""

    TRANSCEIVER = "TRANSCEIVER", "It submits, and receives what the operator sends."
    TRANSMITTER = "TRANSMITTER", "It submits."
    RECEIVER = "RECEIVER", "It receives what the operator sends."


class LinkStatus(DescribedStr):
    """Whether a link can take messages."""

    BOUND = "BOUND", "At least one bind that submits is open."
    CONNECTING = "CONNECTING", "No bind that submits is open; they are being opened."
    DOWN = "DOWN", "No bind that submits is open; each will be tried again."
    STOPPED = "STOPPED", "No worker holds it: it is disabled or can't be used, or no worker runs."


class ChannelState(DescribedStr):
    """The present state of one bind."""

    STOPPED = "STOPPED", "It is not being kept open."
    CONNECTING = "CONNECTING", "Being opened."
    BOUND = "BOUND", "Open."
    WAITING = "WAITING", "It could not be opened, or was closed; it will be tried again."


@dataclass(frozen=True, slots=True)
class BindState:
    """One bind of a link, and its state."""

    kind: BindKind
    state: ChannelState


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """A link's state: `in_flight` submissions are unanswered; `last_error` stays after it works again.

    `times_throttled` counts since the process opened the link.
    """

    name: str
    binds: tuple[BindState, ...]
    in_flight: int = 0
    throttled: bool = False
    times_throttled: int = 0
    last_error: str | None = None

    @property
    def status(self) -> LinkStatus:
        """Whether it can take messages."""
        return link_status(self.binds)


def link_status(binds: tuple[BindState, ...]) -> LinkStatus:
    """Return whether a link with these binds can take messages."""
    submitting = {bind.state for bind in binds if bind.kind is not BindKind.RECEIVER}
    if ChannelState.BOUND in submitting:
        return LinkStatus.BOUND
    if ChannelState.CONNECTING in submitting:
        return LinkStatus.CONNECTING
    return LinkStatus.DOWN if ChannelState.WAITING in submitting else LinkStatus.STOPPED
