"""Routing, for any links."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from server.rules.dispatch.routing import Route, route
from server.rules.senders.senders import SenderKind, sender_kind

COUNTRIES = ("FR", "GB", "US")
numbers = st.from_regex(r"\+[1-4][0-9]{6,10}", fullmatch=True)
senders = st.sampled_from(["Chappe", "12345", "+33612345678"])


@st.composite
def routes(draw: st.DrawFn) -> list[Route]:
    """Return links with different names."""
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6))
    return [
        Route(
            link=name,
            priority=draw(st.integers(0, 3)),
            prefixes=tuple(draw(st.lists(st.from_regex(r"\+[1-4]{1,2}", fullmatch=True), max_size=2))),
            countries=tuple(draw(st.lists(st.sampled_from(COUNTRIES), max_size=2))),
            sender_kinds=tuple(draw(st.lists(st.sampled_from(SenderKind), max_size=2))),
        )
        for name in names
    ]


def _fits(link: Route, sender: str, receiver: str, country: str) -> bool:
    """Tell whether a link takes a message, according to its documentation."""
    kinds = {SenderKind.NUMERIC if kind is SenderKind.VIRTUAL else kind for kind in link.sender_kinds}
    if kinds and sender_kind(sender) not in kinds:
        return False
    anywhere = not link.prefixes and not link.countries
    return anywhere or country in link.countries or any(map(receiver.startswith, link.prefixes))


@given(routes(), senders, numbers, st.sampled_from(COUNTRIES), st.randoms())
def test_each_link_that_fits_is_named_once_by_priority(
    links: list[Route], sender: str, receiver: str, country: str, chance: Random
) -> None:
    """In any order of the links, and no other link is named."""
    chosen = route(links, sender=sender, receiver=receiver, country=country)
    by_name = {link.link: link for link in links}
    fitting = {name for name, link in by_name.items() if _fits(link, sender, receiver, country)}
    assert len(chosen) == len(set(chosen))
    assert set(chosen) == fitting
    priorities = [by_name[name].priority for name in chosen]
    assert priorities == sorted(priorities)
    chance.shuffle(links)
    assert route(links, sender=sender, receiver=receiver, country=country) == chosen


@given(routes(), senders, numbers, st.sampled_from(COUNTRIES))
def test_a_link_without_restrictions_takes_anything(
    links: list[Route], sender: str, receiver: str, country: str
) -> None:
    """And is tried last if its priority is last."""
    links.append(Route(link="z", priority=9))
    assert route(links, sender=sender, receiver=receiver, country=country)[-1] == "z"
