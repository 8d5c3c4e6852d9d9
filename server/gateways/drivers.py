"""Drivers: each knows one kind of link, its settings, and how to open it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from server.gateways.protocol import LinkSetup, OperatorMessage, OperatorReceipt, PooledLink
from server.rules.dispatch.routing import Route
from server.rules.links.http import CallKind
from server.store.models import OperatorLink


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCall:
    """A request from an operator to us. `url` is as we gave it to the operator; headers are in lower case."""

    kind: CallKind
    url: str = field(repr=False)
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


class UnreadableCall(Exception):
    """A call that this link's operator would not make; `forged` means that its signature is wrong."""

    def __init__(self, message: str, *, forged: bool = False) -> None:
        super().__init__(message)
        self.forged = forged


class Unusable(Exception):
    """A link can't be opened with its settings. The message says why, without any secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSecrets:
    """The secrets of a link, which are stored encrypted or come from the environment."""

    password: str = field(repr=False)
    second_key: str | None = field(default=None, repr=False)


class LinkDriver(Protocol):
    """One kind of link. Each kind has one driver, in its own folder, and the wiring lists them."""

    @property
    def setup_class(self) -> type[LinkSetup]:
        """The class of a link's setup of this kind, by which the pool finds who opens it."""

    @property
    def own_field(self) -> str | None:
        """The input's field for what only links of this kind have: it tells the kind of a new link.

        Such settings stand in the column `options`. None for SMPP, which has columns of its own.
        """

    def columns(self, changes: Mapping[str, Any], row: OperatorLink | None) -> dict[str, Any]:
        """Check the changes that only links of this kind have, and return them as columns.

        `row` is the link as it is, or None for a new one.

        Raises:
            InvalidInput: something has the wrong form, or links of this kind have no such setting.
        """

    def completed(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns of a new link, with those that follow from others filled in.

        Raises:
            InvalidInput: something is missing.
        """

    def check_password(self, text: str) -> str:
        """Return the password if the protocol can carry it; raise InvalidInput if not."""

    def place(self, row: OperatorLink) -> str:
        """Return where a link's secrets are sent, for example `smpp://smsc.example.com:2775`."""

    def setup(self, row: OperatorLink, route: Route, secrets: LinkSecrets) -> LinkSetup:
        """Return the setup of a link.

        Raises:
            Unusable: it can't be opened like this.
        """

    def open(self, setup: Any, before: PooledLink | None) -> PooledLink:
        """Make a link from its setup; `before` is the link of this name that it replaces, of any kind."""

    def read_call(self, setup: Any, call: OperatorCall) -> OperatorReceipt | OperatorMessage | None:
        """Return what an operator's call reports, or None if there is nothing to record.

        Raises:
            UnreadableCall: it is forged, or operators of this kind make no such calls.
        """
