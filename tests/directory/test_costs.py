"""What is free is decided once, for cards, pages, filters and the index."""

import pytest

from directory.costs import is_free
from directory.models import CostOption, Service
from directory.showing.facts import cost_of


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("Free", True),
        ("No charge", True),
        ("Gratis", True),
        ("$20 per visit", False),
        ("Sliding scale based on income", False),
        ("", None),
        ("Ask us", None),
    ],
)
def test_fees_in_words(text: str, free: bool | None) -> None:
    assert is_free([text], []) is free


@pytest.mark.parametrize(
    ("fees", "amounts", "words", "free"),
    [
        ("Free", [], "Free", True),
        ("All services are free of charge.", [], "All services are free of charge.", True),
        ("Free screening; $20 for each visit", [], "Free screening; $20 for each visit", False),
        ("Ask us", [], "Ask us", False),
        (None, [0], "Free", True),
        (None, [0, 5], "", False),
        (None, [], "", False),
    ],
)
def test_a_listing_tells_the_same(fees: str | None, amounts: list[int], words: str, free: bool) -> None:
    options = [CostOption(amount=amount) for amount in amounts]
    assert cost_of(Service(fees_description=fees, cost_options=options)) == (words, free)
