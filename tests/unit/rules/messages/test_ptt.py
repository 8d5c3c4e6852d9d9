"""Delivery statuses and ptt codes."""

import pytest

from server.rules.messages.ptt import PTT_CODES, DeliveryStatus, PttDuration, ptt_code

CODES = {
    1: (8, "TEMPORARY"), 2: (8, "TEMPORARY"), 3: (4, "TEMPORARY"), 4: (1, "PERMANENT"),
    5: (2, "INDETERMINATE"), 6: (2, "INDETERMINATE"), 8: (2, "TEMPORARY"), 20: (2, "PERMANENT"),
    21: (2, "TEMPORARY"), 23: (2, "PERMANENT"), 24: (2, "TEMPORARY"), 25: (2, "TEMPORARY"),
    26: (2, "TEMPORARY"), 27: (2, "PERMANENT"), 28: (2, "PERMANENT"), 29: (2, "PERMANENT"),
    33: (2, "PERMANENT"), 39: (2, "INDETERMINATE"), 73: (2, "PERMANENT"), 74: (2, "TEMPORARY"),
    76: (2, "PERMANENT"), 202: (2, "PERMANENT"),
}  # fmt: skip


def test_every_documented_code_is_known_and_no_other() -> None:
    """The table has all documented codes."""
    assert PTT_CODES.keys() == CODES.keys()


@pytest.mark.parametrize("code", CODES)
def test_a_known_code_has_its_status_and_duration(code: int) -> None:
    """A code has its status, is final if the status is, and has a description."""
    entry = ptt_code(code)
    status, duration = CODES[code]
    assert entry is PTT_CODES[code]
    assert (entry.code, entry.known) == (code, True)
    assert entry.delivery_status is DeliveryStatus(status)
    assert entry.duration is PttDuration(duration)
    assert entry.final is (status in {1, 2, 16})
    assert entry.description.endswith(".")
    assert entry.comment is None or entry.comment.endswith(".")


def test_each_code_has_words_of_its_own() -> None:
    """No two codes are described alike."""
    assert len({entry.description for entry in PTT_CODES.values()}) == len(CODES)


@pytest.mark.parametrize("code", [0, 7, -1, 999, 2**40])
def test_an_unknown_code_is_kept_and_not_judged(code: int) -> None:
    """A code outside the table is described as unknown, without status or finality."""
    entry = ptt_code(code)
    assert (entry.code, entry.known) == (code, False)
    assert entry.description == "The operator gave a code that this server does not know."
    assert entry.comment is None
    assert entry.duration is PttDuration.INDETERMINATE
    assert entry.delivery_status is None
    assert entry.final is None


def test_statuses_have_the_numbers_that_clients_know() -> None:
    """Names, numbers and finality are those of callbacks and http2sms."""
    assert {status.name: (status.value, status.final) for status in DeliveryStatus} == {
        "CREATED": (0, False),
        "SUCCESS": (1, True),
        "FAILED": (2, True),
        "PENDING": (4, False),
        "BUFFERED": (8, False),
        "NOT_BILLED": (16, True),
    }


def test_statuses_and_durations_are_described() -> None:
    """Each member has its own description."""
    descriptions = [member.description for member in (*DeliveryStatus, *PttDuration)]
    assert all(text.endswith(".") for text in descriptions)
    assert len(set(descriptions)) == 9


def test_the_table_can_not_be_changed() -> None:
    """No caller can change a code's meaning for others."""
    with pytest.raises(TypeError):
        PTT_CODES[4] = ptt_code(5)  # type: ignore[index]
    with pytest.raises(AttributeError):
        ptt_code(4).code = 5  # type: ignore[misc]
