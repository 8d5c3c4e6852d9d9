"""What knows one kind of link: what may be set for it, and how one is opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from server.gateways.protocol import LinkSetup, OperatorMessage, OperatorReceipt, PooledLink
from server.rules.dispatch.routing import Route
from server.rules.links.http import CallKind
from server.store.models import OperatorLink


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCall:
    """A request that an operator makes to us. `url` is the one that it was given; header names are in lower case."""

    kind: CallKind
    url: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class UnreadableCall(Exception):
    """A call that an operator of this link would not make; `forged` tells that its signature is wrong."""

    def __init__(self, message: str, *, forged: bool = False) -> None:
        super().__init__(message)
        self.forged = forged


class Unusable(Exception):
    """A link can't be opened as it is set; the message says why, without any secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSecrets:
    """What is kept encrypted of a link, or in the environment."""

    password: str = field(repr=False)
    second_key: str | None = field(default=None, repr=False)


class LinkDriver(Protocol):
    """One kind of link. There is one driver a kind, in a folder of its own, and the wiring lists them."""

    @property
    def setup_class(self) -> type[LinkSetup]:
        """The class of what is set for one link of this kind, by which the pool knows who opens it."""

    def columns(self, changes: Mapping[str, Any], row: OperatorLink | None) -> dict[str, Any]:
        """Return the columns that the changes come to that are not every link's, all looked over.

        `row` is the link as it is; None stands for one that is to be set up.

        Raises:
            InvalidInput: something has the wrong form, or links of this kind have no such setting.
        """

    def completed(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of a link that is to be set up, with what follows from the others.

        Raises:
            InvalidInput: something is missing.
        """

    def check_password(self, text: str) -> str:
        """Return a password that the protocol can bear; raises InvalidInput for any other."""

    def place(self, row: OperatorLink) -> str:
        """Return where a link's secrets are sent, as `smpp://smsc.example.com:2775`."""

    def setup(self, row: OperatorLink, route: Route, secrets: LinkSecrets) -> LinkSetup:
        """Return what is set for a link.

        Raises:
            Unusable: it can't be opened so.
        """

    def open(self, setup: Any, before: PooledLink | None) -> PooledLink:
        """Make a link of what is set for it, given the one of its name that it replaces, of whatever kind."""

    def read_call(self, setup: Any, call: OperatorCall) -> OperatorReceipt | OperatorMessage | None:
        """Return what an operator says by calling us; None where that is nothing to be recorded.

        Raises:
            UnreadableCall: it is forged, or operators of this kind make no such calls.
        """
