"""Brings the rows of a package together where several of its locations are one place."""

from typing import Any

from directory.importing.records import Draft, Note, Record
from directory.importing.same_places import FAR_AWAY, Places
from directory.importing.stage import target


class OnePlace:
    """Has what belonged to a merged location belong to the one that stays, each thing once.

    Rows of such places wait until their sheet has been read, because the one that stays keeps the ids of the others.
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._together = set(places.stays) | set(places.stays.values())
        self._same = {("location", key): stays for key, stays in places.stays.items()}
        self._waiting: dict[tuple[Any, ...], Record] = {}

    def take(self, record: Record) -> list[Record]:
        """Return the records that may be handed on now: this one, unless it waits."""
        draft = record.drafts[0] if record.drafts and not record.refused else None
        if draft is None:
            return [record]
        if draft.table == "location":
            self._location(record, draft)
            return [record]
        if not self._same:
            return [record]
        of_place = False
        for each in record.drafts:
            of_place = self._lead_on(each) or of_place
        if not of_place:
            return [record]
        first = self._waiting.setdefault(_likeness(record), record)
        if first is record:
            return []
        self._same[draft.table, draft.key] = first.drafts[0].key
        first.drafts[0].extra.setdefault("merged", []).append({"id": draft.key} | draft.extra)
        record.drafts = []
        record.merged = Note("the same as another row of the same place", f"line {first.line}")
        return [record]

    def end_of_sheet(self) -> list[Record]:
        """Return what waited."""
        waiting, self._waiting = list(self._waiting.values()), {}
        return waiting

    def _location(self, record: Record, draft: Draft) -> None:
        if miles := self._places.far.get(draft.key):
            record.repairs.append(Note(FAR_AWAY, f"{miles:.0f} miles from the middle of them"))
        if stays := self._places.stays.get(draft.key):
            record.drafts = []
            record.merged = Note("the same place as another location", f"id {stays}")
        elif others := self._places.merged.get(draft.key):
            draft.extra["merged"] = list(others)

    def _lead_on(self, draft: Draft) -> bool:
        """Point a row at what stays; tell whether it belongs to a place that was merged."""
        found = False
        for column, key in list(draft.refs.items()):
            table = target(draft, column) or ""
            if stays := self._same.get((table, key)):
                draft.refs[column] = stays
                draft.extra[column] = key
            found = found or (table == "location" and key in self._together)
        return found


def _likeness(record: Record) -> tuple[Any, ...]:
    if record.drafts[0].table == "service_at_location":  # a service is at a place once
        return ("service_at_location", *sorted(record.drafts[0].refs.items()))
    return tuple(
        (draft.table, repr(sorted(draft.values.items(), key=str)), *sorted(draft.refs.items()))
        for draft in record.drafts
    )
