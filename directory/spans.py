"""Spans of time in minutes, as reading, answering and indexing hours all use them."""

from collections.abc import Iterable

DAY = 24 * 60
#: From one minute to another, the end not included. Within a day minutes count from midnight, and an end past 1440 lies
#: on the next one.
Span = tuple[int, int]


def is_whole(span: Span) -> bool:
    """Tell whether a span is as long as a day, so that nothing closes in it."""
    return span[1] - span[0] >= DAY


def united(spans: Iterable[Span]) -> list[Span]:
    """Return the spans sorted, with those that overlap or touch made one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """Return what is left of `spans` when `holes` are cut out."""
    rest = list(spans)
    for cut_start, cut_end in holes:
        rest = [
            piece
            for start, end in rest
            for piece in ((start, min(end, cut_start)), (max(start, cut_end), end))
            if piece[0] < piece[1]
        ]
    return rest
