"""What the logs contain, and what not."""

import asyncio
import json
import logging
import sys
from typing import Any

import pytest
import structlog

from server.kit.logging import (
    RedactingFilter,
    bind_request_id,
    bind_to_log,
    clear_context,
    configure_logging,
    log_request,
)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the logged JSON; nothing goes to standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_our_events_are_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """An event has its name, level, logger, time in UTC and fields."""
    configure_logging(json=True, level="INFO")
    structlog.get_logger("chappe.sending").info("sent", parts=2)
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "sent", "parts": 2, "level": "info", "logger": "chappe.sending"}


def test_the_request_id_is_in_every_line_until_it_is_cleared(capsys: pytest.CaptureFixture[str]) -> None:
    """Our lines and those of libraries have their request's id."""
    configure_logging(json=True, level="INFO")
    bind_request_id("r1")
    structlog.get_logger().info("ours")
    logging.getLogger("library").info("theirs")
    clear_context()
    structlog.get_logger().info("later")
    assert [line.get("request_id") for line in lines(capsys)] == ["r1", "r1", None]


def test_lines_below_the_level_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    """The level is a name in any case, and applies to our lines and those of libraries."""
    configure_logging(json=True, level="warning")
    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")
    logging.getLogger("library").info("quiet")
    logging.getLogger("library").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud", "loud"]


def test_an_unknown_level_is_refused() -> None:
    """A wrong setting is reported at the start."""
    with pytest.raises(ValueError, match="NOISY"):
        configure_logging(json=True, level="noisy")


def test_configuring_again_replaces_the_former(capsys: pytest.CaptureFixture[str]) -> None:
    """No line is written twice, and existing loggers follow the change."""
    logger = structlog.get_logger()
    configure_logging(json=False, level="INFO")
    logger.info("first")
    capsys.readouterr()
    configure_logging(json=True, level="INFO")
    logger.info("second %s", "time")
    assert [line["event"] for line in lines(capsys)] == ["second time"]


def test_a_terminal_gets_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Without JSON a line is readable text, without colours, and without secrets."""
    configure_logging(json=False, level="INFO")
    structlog.get_logger().info("sent", parts=2, password="Abcd1234")
    err = capsys.readouterr().err
    assert "sent" in err
    assert "parts=2" in err
    assert "\x1b" not in err
    assert "Abcd1234" not in err


def test_no_secret_of_an_event_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    """Secrets are removed at any depth, from context, fields and texts."""
    configure_logging(json=True, level="INFO")
    structlog.contextvars.bind_contextvars(token="s3cret")
    structlog.get_logger().info(
        "called /x?password=s3cret", headers=[("Cookie", "s3cret")], input={"user": {"password": "s3cret"}}
    )
    err = capsys.readouterr().err
    assert "s3cret" not in err
    assert err.count("[redacted]") == 4


def test_uvicorn_access_lines_lose_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    """A GET with the password leaves a line without it, through our only handler."""
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate = [logging.StreamHandler(sys.stdout)], False
    configure_logging(json=True, level="INFO")
    access.info(
        '%s - "%s %s HTTP/%s" %d', "192.0.2.1:5", "GET", "/http2sms?Password=Abcd1234&to=1", "1.1", 200
    )
    (line,) = lines(capsys)
    assert line["event"] == '192.0.2.1:5 - "GET /http2sms?Password=[redacted]&to=1 HTTP/1.1" 200'
    assert line["logger"] == "uvicorn.access"
    assert line["level"] == "info"


@pytest.mark.parametrize("name", ["uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"])
def test_each_logger_of_uvicorn_goes_through_ours(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own handlers are gone, and its lines are written once."""
    logger = logging.getLogger(name)
    logger.handlers, logger.propagate = [logging.StreamHandler(sys.stdout)], False
    configure_logging(json=True, level="INFO")
    logger.info("hello")
    assert [line["event"] for line in lines(capsys)] == ["hello"]


def test_a_traceback_is_logged_without_the_secret_in_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    """An error is logged with its place, and its quoted secrets are redacted."""
    configure_logging(json=True, level="INFO")
    for logger in (structlog.get_logger(), logging.getLogger("library")):
        try:
            raise RuntimeError("calling https://example.org/?token=s3cret")  # noqa: TRY301
        except RuntimeError:
            logger.exception("failed")
    for line in lines(capsys):
        assert line["level"] == "error"
        assert "RuntimeError: calling https://example.org/?token=[redacted]" in line["exception"]
        assert "s3cret" not in json.dumps(line)


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("plain", (), "plain"),
        ("plain", None, "plain"),
        ("password=x", (), "password=[redacted]"),
        ("%s and %d", ("/?password=x", 3), "/?password=[redacted] and 3"),
        ("%(url)s", ({"url": "/?password=x"},), "/?password=[redacted]"),
        ("%(password)s", ({"password": "x"},), "[redacted]"),
        ({"not": "text"}, (), "{'not': 'text'}"),
    ],
)
def test_the_filter_redacts_a_record_for_every_handler(message: Any, args: Any, text: str) -> None:
    """Texts and arguments lose their secrets and keep their types, and every record passes."""
    record = logging.LogRecord("x", logging.INFO, "x.py", 1, message, args, None)
    assert RedactingFilter().filter(record) is True
    assert record.getMessage() == text


async def test_a_requests_line_is_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    """It has level, logger, time and what is bound to the context, which is redacted."""
    configure_logging(json=True, level="INFO")
    bind_request_id("17")
    bind_to_log(caller="user:x", account="a?password=abcd1234")
    log_request("server.web.middleware", path="/http2sms", status=200, client=None)
    await asyncio.sleep(0)
    [line] = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "server.web.middleware", "request_id": "17",
        "caller": "user:x", "account": "a?password=[redacted]", "path": "/http2sms", "status": 200, "client": None,
    }  # fmt: skip


async def test_a_requests_line_for_people_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """What would break it is quoted."""
    configure_logging(json=False, level="INFO")
    log_request("web", path="/a\nb c", status=200)
    await asyncio.sleep(0)
    line = capsys.readouterr().err
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert "[info    ] request" in line
    assert r"path='/a\nb c' status=200" in line


async def test_a_requests_line_has_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    """Above it, requests are left out."""
    configure_logging(json=True, level="warning")
    log_request("web", path="/")
    await asyncio.sleep(0)
    assert lines(capsys) == []


async def test_what_has_no_utf8_is_logged_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Escaped, as in JSON."""
    configure_logging(json=True, level="INFO")
    log_request("web", path="/\ud800")
    structlog.get_logger().info("odd", text="\ud800", number=2**70)
    assert [line.get("path") or (line["text"], line["number"]) for line in lines(capsys)] == [
        "/\ud800", ("\ud800", 2**70),
    ]  # fmt: skip


async def test_the_lines_of_requests_keep_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    """They are written at the end of a pass of the loop, at the latest before any other line."""
    configure_logging(json=True, level="INFO")
    log_request("web", path="/1")
    log_request("web", path="/2")
    structlog.get_logger().info("other")
    log_request("web", path="/3")
    logging.getLogger().handlers[0].flush()  # as at the end of a process
    log_request("web", path="/4")
    await asyncio.sleep(0)
    assert [line.get("path", "other") for line in lines(capsys)] == ["/1", "/2", "other", "/3", "/4"]
