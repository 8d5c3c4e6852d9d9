"""Scripts for the tests' message centre: what real ones do to messages."""

import asyncio
from collections.abc import Collection

from server.gateways.smpp.pdu import SubmitSm
from server.gateways.smpp.statuses import Status
from tests.factories.gateways.smpp.smsc import Peer, Script, Smsc, accept


def receipt_first(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
    """Send the receipt before the response."""
    number = smsc.next_number()
    peer.request(smsc.receipt(submit, number))
    smsc.respond(peer, submit, number)


def doubled(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
    """Send the response and the receipt twice each."""
    number = smsc.next_number()
    for _ in range(2):
        smsc.respond(peer, submit, number)
        peer.request(smsc.receipt(submit, number))


def orphaned(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
    """Send a receipt for an unknown id."""
    smsc.respond(peer, submit, smsc.next_number())
    peer.request(smsc.receipt(submit, 999_999_999))


def ignore(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
    """Forget the message."""


def throttle_first(times: int, status: int = Status.ESME_RTHROTTLED) -> Script:
    """Throttle this many messages, and accept all later ones."""
    refused = 0

    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        nonlocal refused
        refused += 1
        if refused <= times:
            smsc.refuse(peer, submit, status)
        else:
            accept(smsc, peer, submit)

    return script


def refuse_with(status: int) -> Script:
    """Refuse every message."""
    return lambda smsc, peer, submit: smsc.refuse(peer, submit, status)


def cut_at(receivers: Collection[str], then: Script = accept) -> Script:
    """Break the connection at each message to one of these receivers; another script handles the others."""

    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        if submit.destination_addr in receivers:
            peer.cut()
        else:
            then(smsc, peer, submit)

    return script


def never_answer(receivers: Collection[str], then: Script = accept) -> Script:
    """Never answer messages to these receivers."""
    return _for(receivers, ignore, then)


def refuse_only(receivers: Collection[str], status: int, then: Script = accept) -> Script:
    """Refuse messages to these receivers."""
    return _for(receivers, refuse_with(status), then)


def slowly(seconds: float, then: Script = accept) -> Script:
    """Run another script after a while, if the connection still exists."""

    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        def do() -> None:
            if not peer.lost:
                then(smsc, peer, submit)

        asyncio.get_running_loop().call_later(seconds, do)

    return script


def _for(receivers: Collection[str], do: Script, then: Script) -> Script:
    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        (do if submit.destination_addr in receivers else then)(smsc, peer, submit)

    return script


def in_reverse(count: int) -> Script:
    """Answer messages in groups of this size, in reverse order."""
    held: list[tuple[SubmitSm, int]] = []

    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        held.append((submit, smsc.next_number()))
        if len(held) == count:
            while held:
                smsc.respond(peer, *held.pop())

    return script


def cut_after(count: int, then: Script = accept) -> Script:
    """Break the connection at this message, without any answer; another script handles later ones."""
    seen = 0

    def script(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        nonlocal seen
        seen += 1
        if seen > count:
            then(smsc, peer, submit)
        elif seen == count:
            peer.cut()

    return script
