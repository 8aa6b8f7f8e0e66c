"""Keeps `Referral.waits`: it came to nothing, help is still wanted, and nobody else was asked.

Asked for each time, this goes through all that an organization was ever refused, and the worklist asks twice for every
page. So the database works it out in the flush of any change that it depends on, of a need as well as of a referral.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from sqlalchemy import (
    Connection,
    Table,
    Update,
    and_,
    bindparam,
    case,
    event,
    exists,
    false,
    or_,
    text,
    true,
    update,
)

from care.models import Need
from core.database import EVERYTHING
from referrals.models import OPEN, Referral

CAME_TO_NOTHING = ("rejected", "failed")


def _statement() -> Update:
    """Return the statement that works it out anew for all referrals of one need."""
    referrals, needs = cast(Table, Referral.__table__), cast(Table, Need.__table__)
    following = referrals.alias()
    wanted = exists().where(
        needs.c.id == referrals.c.need_id, needs.c.state == "open", needs.c.wants_help != "no"
    )
    followed = exists().where(
        following.c.previous_id == referrals.c.id, following.c.state != "entered-in-error"
    )
    mates = referrals.alias()
    # Of a round, one waits for all: none while another is still asked or at work, or was followed, and the last else.
    mate_followed = exists().where(
        following.c.previous_id == mates.c.id, following.c.state != "entered-in-error"
    )
    spoken_for = exists().where(
        mates.c.round_id == referrals.c.round_id,
        mates.c.id != referrals.c.id,
        or_(
            mates.c.state.in_((*OPEN, "completed")),
            and_(mates.c.state.in_(CAME_TO_NOTHING), or_(mates.c.id > referrals.c.id, mate_followed)),
        ),
    )
    waits = and_(referrals.c.state.in_(CAME_TO_NOTHING), wanted, ~followed, ~spoken_for)
    of_need = referrals.c.need_id == bindparam("need")
    worked_out = case((waits, true()), else_=false())
    # Rows that stay as they are must stay unlocked too: whoever reminds about them would wait for us, and we for them.
    return update(referrals).where(of_need, referrals.c.waits != worked_out).values(waits=worked_out)


_STATEMENT = _statement()
_SEE = text("SELECT set_config('handrail.sees', :sees, true)")


def _note(_mapper: object, connection: Connection, changed: Need | Referral) -> None:
    need_id = changed.id if isinstance(changed, Need) else changed.need_id
    with _seeing_all(connection):
        connection.execute(_STATEMENT, {"need": need_id})


@contextmanager
def _seeing_all(connection: Connection) -> Iterator[None]:
    """Let one statement see all referrals of a need: who declines sees only its own, and others decide with it.

    Nothing of them is told to anybody. Should the statement fail, the end of the transaction puts things right.
    """
    sees = None
    if connection.dialect.name == "postgresql":
        sees = connection.scalar(text("SELECT current_setting('handrail.sees', true)"))
    if sees is None or sees == EVERYTHING:
        yield
        return
    connection.execute(_SEE, {"sees": EVERYTHING})
    yield
    connection.execute(_SEE, {"sees": sees})


event.listen(Referral, "after_insert", _note)
event.listen(Referral, "after_update", _note)
event.listen(Need, "after_update", _note)
