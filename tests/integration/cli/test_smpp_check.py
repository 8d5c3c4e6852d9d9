"""Smpp-check: tries a link, and shows its PDUs."""

import os
import ssl
import subprocess
import sys

import pytest
import trustme

from server.gateways.smpp.statuses import Status
from tests.factories.cli.terminal import at_a_terminal
from tests.factories.gateways.smpp.links import PASSWORD
from tests.factories.gateways.smpp.smsc import Script, Smsc, accept
from tests.factories.gateways.smpp.smsc_beside import beside
from tests.factories.gateways.smpp.smsc_scripts import orphaned, receipt_first, refuse_with
from tests.integration.cli.conftest import CommandLine

PHONE = "+447700900004"


def url(smsc: Smsc) -> str:
    """Return the URL of a message centre."""
    return f"smpp://chappe:{PASSWORD}@127.0.0.1:{smsc.port}"


@pytest.mark.parametrize("quirk", [accept, receipt_first], ids=["in order", "receipt first"])
def test_it_shows_each_pdu_and_how_the_message_ended(chappe: CommandLine, quirk: Script) -> None:
    """From the bind to the unbind, with the password hidden."""
    with beside(Smsc(script=quirk)) as smsc:
        result = chappe("smpp-check", url(smsc), "--to", PHONE, "--text", "é" * 161)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    shown = [" ".join(line.split()[:2]) for line in lines if line[:2] in {"->", "<-"}]
    assert shown[:2] == ["-> BindTransceiver", "<- BindTransceiverResponse"]
    assert (
        shown.count("-> SubmitSm") == shown.count("<- DeliverSm") == shown.count("-> DeliverSmResponse") == 2
    )
    assert shown[-2:] == ["-> Unbind", "<- UnbindResponse"]
    assert "SUCCESS: ptt 4, Delivered to the handset." in lines
    assert PASSWORD not in result.output


def test_the_setting_names_the_link(chappe: CommandLine) -> None:
    """So that the password need not be on the command line."""
    with beside(Smsc()) as smsc:
        assert chappe("smpp-check", "--to", PHONE, CHAPPE_SMPP_URL=url(smsc)).exit_code == 0
        assert chappe("smpp-check", "smpp", "--to", PHONE, CHAPPE_SMPP_URL=url(smsc)).exit_code == 0


def test_the_password_is_asked_for(chappe: CommandLine) -> None:
    """At a terminal, where it is not shown, and in no process list."""
    with beside(Smsc()) as smsc:
        status, shown = at_a_terminal(
            "smpp-check", f"smpp://chappe@127.0.0.1:{smsc.port}", "--to", PHONE,
            environment=chappe.environment,
            answers={"Password: ": PASSWORD},
        )  # fmt: skip
        assert status == 0, shown
        [bind] = [peer.bind for peer in smsc.peers]
    assert bind is not None
    assert bind.password == PASSWORD
    assert PASSWORD not in shown


@pytest.mark.parametrize("given", [PASSWORD, ""])
def test_the_password_comes_from_standard_input(chappe: CommandLine, given: str) -> None:
    """Even an empty one, which few operators use."""
    with beside(Smsc()) as smsc:
        place = f"smpp://chappe@127.0.0.1:{smsc.port}"
        result = chappe("smpp-check", place, "--to", PHONE, "--password-stdin", stdin=f"{given}\n")
        [bind] = [peer.bind for peer in smsc.peers]
    assert (result.exit_code, result.stderr) == (0, "")
    assert bind is not None
    assert bind.password == given


def test_a_password_in_the_url_is_warned_of(chappe: CommandLine) -> None:
    """It works, with a warning about who can read it."""
    with beside(Smsc()) as smsc:
        result = chappe("smpp-check", url(smsc), "--to", PHONE)
    assert result.exit_code == 0
    assert "the process list shows this URL" in result.stderr


@pytest.mark.parametrize(
    ("smsc", "says"),
    [
        (Smsc(bind_status=Status.ESME_RINVPASWD), "ESME_RINVPASWD"),
        (Smsc(script=refuse_with(Status.ESME_RINVDSTADR)), "The operator refused the message: ptt 23"),
        (Smsc(script=refuse_with(Status.ESME_RSYSERR)), "did not take the message now"),
        (Smsc(script=orphaned), "No final receipt within 0.2 seconds."),
        (Smsc(stat="UNDELIV"), "FAILED: ptt 5"),
    ],
    ids=["not bound", "refused", "not now", "no receipt", "failed"],
)
def test_it_tells_what_went_wrong(chappe: CommandLine, smsc: Smsc, says: str) -> None:
    """In a line, and with status 1."""
    with beside(smsc):
        result = chappe("smpp-check", url(smsc), "--to", PHONE, "--wait", "0.2")
    assert result.exit_code == 1
    assert says in result.output
    assert PASSWORD not in result.output


def test_what_is_about_other_messages_is_left_to_the_server(chappe: CommandLine) -> None:
    """A receipt that is not this message's gets no answer, so that the operator sends it again."""
    with beside(Smsc(script=orphaned)) as smsc:
        chappe("smpp-check", url(smsc), "--to", PHONE, "--wait", "0.2")
        assert smsc.peers[0].status_of(1) is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--to", PHONE], "Name a link, or its URL, or set CHAPPE_SMPP_URL."),
        (["elsewhere", "--to", PHONE], "There is no usable and enabled link over SMPP named elsewhere"),
        (["smpp://nobody", "--to", PHONE], "A link's URL has to be smpp://"),
        (["smpp://a@127.0.0.1:1", "--to", PHONE], "No password: use --password-stdin, or"),
        (["smpp", "--to", PHONE, "--password-stdin"], "--password-stdin goes with the URL of a link."),
        (["smpp://a:b@127.0.0.1:1", "--to", "123"], "A number is written in international format"),
    ],
)
def test_what_is_no_link_is_refused(chappe: CommandLine, arguments: list[str], says: str) -> None:
    """Before anything is sent."""
    result = chappe("smpp-check", *arguments)
    assert result.exit_code == 1
    assert says in result.output


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("smpp://a:b@127.0.0.1:{port}", "127.0.0.1, port {port}, refuses the connection: "),
        ("smpps://a:b@127.0.0.1:{port}", "127.0.0.1, port {port}, refuses the connection: "),
        ("smpp://a:b@smsc.invalid:{port}", "(DNS)."),
    ],
)
def test_an_operator_that_can_not_be_reached_is_named(chappe: CommandLine, place: str, says: str) -> None:
    """In one line, and no PDU is shown, for none was sent."""
    with beside(Smsc()) as smsc:
        pass
    result = chappe("smpp-check", place.format(port=smsc.port), "--to", PHONE)
    assert result.exit_code == 1
    assert "->" not in result.stdout
    *_, line = result.stderr.splitlines()
    assert line.startswith("chappe: BindTransceiver: ")
    assert says.format(port=smsc.port) in line


def test_a_failure_is_one_line_in_all(chappe: CommandLine) -> None:
    """As a person sees it, whose log is on: nothing says it a second time."""
    with beside(Smsc()) as smsc:
        pass
    ran = subprocess.run(
        [sys.executable, "-m", "server", "smpp-check", "smpp", "--to", PHONE],
        env={**os.environ, **chappe.environment, "CHAPPE_SMPP_URL": url(smsc)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    [line] = ran.stderr.splitlines()
    assert "refuses the connection" in line


@pytest.mark.parametrize(
    ("server_side", "place", "says"),
    [
        ("none", "smpps://a:b@localhost:{port}", "localhost, port {port}, broke the connection off: it may not speak TLS"),
        ("localhost", "smpps://a:b@localhost:{port}", "The certificate of localhost, port {port}, can't be trusted: "),
        ("localhost", "smpp://a:b@localhost:{port}", "The bind was not answered: the operator may want TLS"),
    ],
    ids=["no TLS there", "nobody vouches", "no TLS here"],
)  # fmt: skip
def test_tls_that_fails_is_told_without_a_bind(
    chappe: CommandLine, server_side: str, place: str, says: str
) -> None:
    """Over TLS no bind is shown: it was never sent. Without, it was."""
    context = None
    if server_side != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert(server_side).configure_cert(context)
    with beside(Smsc(), tls=context) as smsc:
        result = chappe("smpp-check", place.format(port=smsc.port), "--to", PHONE)
    assert result.exit_code == 1
    assert says.format(port=smsc.port) in result.stderr.splitlines()[-1]
    assert ("->" in result.stdout) is place.startswith("smpp:")


def test_a_wrong_query_of_a_url_is_refused(chappe: CommandLine) -> None:
    """By the name of what is wrong in it."""
    result = chappe("smpp-check", "smpp://a:b@127.0.0.1:1?window=0", "--to", PHONE)
    assert (result.exit_code, result.stderr.strip()) == (1, "chappe: window: This has to be 1 to 1000.")
