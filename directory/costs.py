"""Whether a service costs nothing, decided in one place: cards, pages, filters and the index say the same."""

import re
from collections.abc import Iterable
from typing import Any

_FREE = re.compile(
    r"\b(free|no (?:cost|charge|fees?)|gratis|without (?:cost|charge)|sin costo)\b", re.IGNORECASE
)
_PAID = re.compile(
    r"\$\s*[1-9]|\bsliding (?:fee|scale)\b|\blow.cost\b|\bfees? (?:apply|vary|required)\b", re.IGNORECASE
)


def is_free(fees: Iterable[str | None], costs: Iterable[Any]) -> bool | None:
    """Whether it costs nothing: told by the amounts of cost options, else by clear words, else not known (None).

    `fees` are the listing's words about it, `costs` its rows of `cost_option` (`option`, `amount`).
    """
    costs = list(costs)
    amounts = [cost.amount for cost in costs if cost.amount is not None]
    if amounts:
        return all(amount == 0 for amount in amounts)
    said = " ".join(text for text in (*fees, *(cost.option for cost in costs)) if text)
    if _PAID.search(said):
        return False
    return True if _FREE.search(said) else None
