"""Keeps what an organization imports to its own listings, whatever the file says about whose they are."""

from uuid import UUID

from directory.importing.records import Draft, Note, Record

NOT_TAKEN = "not about a service or a place: only those are taken from a file of your own listings"

_OWNED = ("service", "location", "program")
"""Tables whose rows are an organization's."""

_LEFT_OUT = ("organization", "organization_identifier", "metadata", "meta_table_description")
"""Tables that tell who an organization is, or what has happened: not for a file of listings to say."""


def without_origin(record: Record) -> Record:
    """Return the record without the source it names: on a page nobody speaks for a source but their own."""
    for draft in record.drafts:
        draft.origin = None
    return record


class Owner:
    """Turns every record into one about listings of one organization.

    Unless the organization is `listed` by somebody else, it gets a listing of its own, with its name alone.
    """

    def __init__(self, organization_id: UUID, name: str, *, listed: bool) -> None:
        self._key = str(organization_id)
        self._itself = None if listed else {"name": name}

    def __call__(self, record: Record) -> Record:
        """Return the record as it is taken: what belongs to an organization belongs to this one."""
        if record.refused or not record.drafts:
            return record
        without_origin(record)
        first = record.drafts[0]
        record.drafts = [draft for draft in record.drafts if self._takes(draft)]
        if not record.drafts or record.drafts[0] is not first:
            record.drafts, record.refused = [], Note(NOT_TAKEN)
            return record
        if self._itself and any(draft.table in _OWNED for draft in record.drafts):
            record.drafts.append(Draft("organization", self._key, dict(self._itself), {}, {}))
        return record

    def _takes(self, draft: Draft) -> bool:
        """Make a draft the organization's, or tell that it is not to be taken."""
        if draft.table in _LEFT_OUT:
            return False
        if draft.table in _OWNED:
            draft.refs["organization_id"] = self._key
            return True
        if draft.table == "attribute":
            return str(draft.values.get("link_entity") or "").strip().lower() != "organization"
        owned_by_another = draft.refs.pop("organization_id", None) is not None
        return not owned_by_another or bool(draft.refs)
