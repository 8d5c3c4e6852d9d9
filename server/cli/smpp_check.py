"""Tries a link: binds, sends one message, waits for its receipt, and shows every PDU."""

import asyncio
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import typer

from server.cli.opening import open_services
from server.cli.terminal import CommandRefused, err, out
from server.gateways.link_state import ChannelState
from server.gateways.protocol import Accepted, Part, Refused, Submission, Submitted, Unknown
from server.gateways.smpp.link import Link
from server.gateways.smpp.link import __name__ as link_module
from server.gateways.smpp.pdu import Pdu
from server.gateways.smpp.receipts import read_receipt, receipt_keys
from server.gateways.smpp.settings import LinkSettings, link_from_url
from server.gateways.smpp.submitting import begin, read_outcome
from server.gateways.smpp.trace import describe
from server.kit.phone_number import parse_phone_number
from server.operations.links.links import load_links
from server.rules.dispatch.delivery_state import State, combine
from server.rules.messages.ptt import DeliveryStatus, ptt_code
from server.rules.messages.segments import analyse, split
from server.rules.senders.senders import parse_sender
from server.settings import Settings
from server.wiring import given_links

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Trial:
    """The message to send, and how many seconds to wait for the receipt."""

    sender: str
    receiver: str
    text: str
    wait_seconds: float

    def submission(self) -> Submission:
        """Return the message to submit.

        Raises:
            InvalidInput: the sender, the receiver or the text is invalid.
        """
        segments = analyse(self.text)
        return Submission(
            # The reference of the parts is made from this, and has to differ from the last trial's.
            message_id=int(time.time()),
            sender=parse_sender(self.sender)[0],
            receiver=parse_phone_number(self.receiver).e164,
            parts=tuple(split(self.text, segments.coding)),
            coding=segments.coding,
            message_class=None,
        )


def named(target: str | None, *, password_from_stdin: bool) -> str | LinkSettings | None:
    """Return the link for a URL, otherwise the target unchanged.

    The URL should not contain the password: every user of the machine can read that in the process list.
    Without it, the password comes from standard input or a prompt.

    Raises:
        CommandRefused: it is not such a URL, or there is no password and no terminal to ask.
    """
    if target is None or "://" not in target:
        if password_from_stdin:
            raise CommandRefused("--password-stdin goes with the URL of a link.")
        return target
    try:
        link = link_from_url(target)
        if urlsplit(target).password is None:
            password = _obtain_password(from_stdin=password_from_stdin)
            return replace(link, options=replace(link.options, password=password))
    except ValueError as error:
        raise CommandRefused(str(error)) from error
    err.print(
        "chappe: the process list shows this URL, and its password, to every user of the machine: "
        "leave the password out, and chappe asks for it.",
        style="yellow",
    )
    return link


def _obtain_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise CommandRefused("No password: use --password-stdin, or put the whole URL into CHAPPE_SMPP_URL.")
    entered: str = typer.prompt("Password", default="", show_default=False, hide_input=True)
    return entered


async def check(settings: Settings, target: str | LinkSettings | None, trial: Trial) -> bool:
    """Try a link, by its settings or its name in the database; return whether the message was delivered.

    Raises:
        CommandRefused: there is no such link, or it can't be bound.
        InvalidInput: the message is invalid.
    """
    submission = trial.submission()
    chosen = await _find(settings, target)
    chosen = replace(chosen, options=replace(chosen.options, count=1))
    out.print(f"Binding to {chosen.options.host}, port {chosen.options.port} ...", markup=False)
    link = Link(chosen.options, _print)
    # The output shows what the link would log about its binds.
    log = logging.getLogger(link_module)
    level = log.level
    log.setLevel(logging.ERROR)
    link.start()
    try:
        await _until_bound(link)
        parts = await _submit(link, submission, chosen, settings.messages.validity_seconds)
        return await _receipts(link, chosen, parts, trial.wait_seconds)
    finally:
        await link.stop()
        log.setLevel(level)


async def _find(settings: Settings, target: str | LinkSettings | None) -> LinkSettings:
    if isinstance(target, LinkSettings):
        return target
    from_settings = {link.name: link for link in given_links(settings) if isinstance(link, LinkSettings)}
    if target is None:
        if not from_settings:
            raise CommandRefused("Name a link, or its URL, or set CHAPPE_SMPP_URL.")
        return next(iter(from_settings.values()))
    async with open_services(settings) as services:
        loaded = await load_links(services)
    links = {link.name: link for link in loaded if isinstance(link, LinkSettings)} | from_settings
    if target not in links:
        raise CommandRefused(f"There is no usable and enabled link over SMPP named {target}.")
    return links[target]


async def _until_bound(link: Link) -> None:
    while any(channel.state is not ChannelState.BOUND for channel in link.channels):
        for channel in link.channels:
            if channel.last_error is not None:
                raise CommandRefused(f"{channel.kind}: {channel.last_error}")
        await asyncio.sleep(POLL_SECONDS)


async def _submit(
    link: Link, submission: Submission, settings: LinkSettings, validity_seconds: int
) -> Sequence[Part]:
    answers = begin(link, submission, settings, validity_seconds=validity_seconds)
    waiting = [answer for answer in answers if isinstance(answer, asyncio.Future)]
    if waiting:
        await asyncio.wait(waiting)
    result = read_outcome(submission, answers, settings, settings.refusal_table())
    if not isinstance(result, Submitted):
        raise CommandRefused("The operator did not take the message now; the trace has its status.")
    for part in result.parts:
        if isinstance(part, Refused):
            raise CommandRefused(f"The operator refused the message: {_in_words(part.ptt)}")
        if isinstance(part, Unknown):
            raise CommandRefused("The operator did not answer: it may have the message, or not.")
    return result.parts


async def _receipts(link: Link, settings: LinkSettings, parts: Sequence[Part], seconds: float) -> bool:
    """Wait for the last receipt; leave other messages' receipts unanswered, for the server to get them."""
    states = {part.operator_id: None for part in parts if isinstance(part, Accepted)}
    reached: dict[str, State | None] = dict(states)
    table = settings.receipt_table()
    try:
        async with asyncio.timeout(seconds):
            while not all(state is not None and state.status.final for state in reached.values()):
                for received in await link.receive(1):
                    receipt = read_receipt(received.pdu)
                    keys = receipt_keys(receipt.id, settings.ids) if receipt else ()
                    key = next((key for key in keys if key in reached), None)
                    if receipt is None or key is None:
                        out.print("   (not about this message: not answered)", style="dim")
                        continue
                    reached[key] = table.state(receipt) or reached[key]
                    received.answer()
    except TimeoutError as error:
        raise CommandRefused(f"No final receipt within {seconds:g} seconds.") from error
    final = combine([state for state in reached.values() if state is not None])
    out.print(f"\n{final.status.name}: {_in_words(final.ptt)}", markup=False)
    return final.status is DeliveryStatus.SUCCESS


def _print(sent: bool, pdu: Pdu) -> None:  # noqa: FBT001 the form of a trace
    out.print(f"{'->' if sent else '<-'} {describe(pdu)}", markup=False)


def _in_words(ptt: int | None) -> str:
    return "no ptt" if ptt is None else f"ptt {ptt}, {ptt_code(ptt).description}"
