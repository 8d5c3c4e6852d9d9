"""The link that takes a message."""

import pytest

from server.rules.dispatch.routing import Route, route
from server.rules.senders.senders import SenderKind

PHONE = "+447700900004"


def chosen(*routes: Route, sender: str = "Chappe", receiver: str = PHONE, country: str = "GB") -> list[str]:
    """Return the links that may take a message, in order of trial."""
    return route(routes, sender=sender, receiver=receiver, country=country)


def test_the_lowest_priority_number_goes_first() -> None:
    """However well another fits."""
    assert chosen(Route(link="close", priority=2, prefixes=("+4477",)), Route(link="any", priority=1)) == [
        "any",
        "close",
    ]


def test_of_equal_priority_the_closest_fit_goes_first() -> None:
    """The longest prefix, a shorter one, the country, anything, and then by name."""
    assert chosen(
        Route(link="b any"),
        Route(link="a any"),
        Route(link="country", countries=("FR", "GB")),
        Route(link="short", prefixes=("+44",)),
        Route(link="long", prefixes=("+44", "+4477009", "+33")),
    ) == ["long", "short", "country", "a any", "b any"]


def test_a_prefix_or_a_country_will_do() -> None:
    """A link with both takes what has either."""
    both = Route(link="both", prefixes=("+33",), countries=("GB",))
    assert chosen(both) == ["both"]
    assert chosen(both, receiver="+33612345678", country="FR") == ["both"]
    assert chosen(both, receiver="+12025550123", country="US") == []


@pytest.mark.parametrize(
    ("sender", "kinds", "fits"),
    [
        ("Chappe", (SenderKind.ALPHANUMERIC,), True),
        ("Chappe", (SenderKind.SHORT_CODE, SenderKind.NUMERIC), False),
        ("12345", (SenderKind.SHORT_CODE,), True),
        ("+33612345678", (SenderKind.NUMERIC,), True),
        ("+33612345678", (SenderKind.VIRTUAL,), True),
        ("+33612345678", (SenderKind.ALPHANUMERIC,), False),
        ("Chappe", (), True),
    ],
)
def test_a_link_may_take_some_kinds_of_sender_alone(
    sender: str, kinds: tuple[SenderKind, ...], *, fits: bool
) -> None:
    """A number is a number, with or without a SIM card."""
    assert bool(chosen(Route(link="a", sender_kinds=kinds), sender=sender)) is fits


def test_without_a_fitting_link_there_is_none() -> None:
    """Nor if there is no link at all."""
    assert chosen() == []
    assert chosen(Route(link="a", prefixes=("+33",))) == []
