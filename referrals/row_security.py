"""A second line behind `visible_to` on PostgreSQL: the database itself withholds rows of other organizations.

Each transaction says for which organization it reads (`core.database.Database.transaction`); a query that forgot its
filter then finds nothing instead of everything. SQLite has no such thing and relies on the code alone.
"""

from sqlalchemy import DDL, event

from core.database import Base

_EVERYTHING = "current_setting('handrail.sees', true) = 'everything'"
#: The organization of the transaction, or NULL, which equals nothing.
_SEES = (
    "(CASE WHEN current_setting('handrail.sees', true) ~ '^[0-9a-f-]{36}$' "
    "THEN current_setting('handrail.sees', true)::uuid END)"
)
_SHOWN = "state NOT IN ('draft', 'entered-in-error')"

#: Table -> condition of the rows an organization may see or write, besides transactions that see everything.
CONDITIONS = {
    "referral": f"sender_id = {_SEES} OR (receiver_id = {_SEES} AND {_SHOWN})",
    "client": (
        f"organization_id = {_SEES} OR EXISTS (SELECT 1 FROM referral r WHERE r.client_id = client.id "
        f"AND r.receiver_id = {_SEES} AND r.{_SHOWN})"
    ),
    "need": "EXISTS (SELECT 1 FROM client c WHERE c.id = need.client_id)",
    "consent": "EXISTS (SELECT 1 FROM client c WHERE c.id = consent.client_id)",
    "referral_event": "EXISTS (SELECT 1 FROM referral r WHERE r.id = referral_event.referral_id)",
}

#: What sets the policies up; migrations run these after making the tables, and they may be run again.
STATEMENTS = tuple(
    statement
    for table, condition in CONDITIONS.items()
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS own_rows ON {table}",
        f"CREATE POLICY own_rows ON {table} USING ({_EVERYTHING} OR {condition})",
    )
)

for _statement in STATEMENTS:
    event.listen(
        Base.metadata, "after_create", DDL(_statement.replace("%", "%%")).execute_if(dialect="postgresql")
    )
