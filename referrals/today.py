"""What today's page says about referrals: what is this person's move, then what waits for others and what went well."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from accounts.today import TodaySection, today_section
from care import queries as care_queries
from care.models import Client
from core import clock
from directory.needs import NEEDS
from referrals import queries
from referrals.models import HELPED, REASONS, Referral
from referrals.queries import visible_to

SHOWN = 6
#: Consents that end within so many days are asked for again.
ENDING_SOON = timedelta(days=7)
RECENT = timedelta(days=7)


@today_section(order=10)
async def moves_of_sender(db: AsyncSession, actor: Actor) -> TodaySection | None:
    """What a social worker or coordinator has to move: declined without a next place, needs without a place, consents."""
    if not actor.can("referral.send"):
        return None
    declined = await queries.worklist(db, actor, "declined")
    needs = await care_queries.needs_without_referral(db, actor, queries.referred())
    tried = {referral.need_id for referral, _client in declined}
    fresh = [need for need in needs if need.id not in tried]
    ending = await care_queries.ending_consents(db, actor, clock.today(actor.time_zone) + ENDING_SOON)
    context = {
        "declined": declined[:SHOWN],
        "needs_waiting": fresh[:SHOWN],
        "ending": ending[:SHOWN],
        "needs": NEEDS,
        "reasons": REASONS,
    }
    shown = len(context["declined"]) + len(context["needs_waiting"]) + len(context["ending"])
    return TodaySection("referrals/today_moves.html", context, waiting=shown)


@today_section(order=20)
async def questions_to_receiver(db: AsyncSession, actor: Actor) -> TodaySection | None:
    """What an organization was asked and has not answered, longest waiting first."""
    if actor.role != "provider":
        return None
    waiting = await queries.inbox(db, actor, frozenset({"requested"}))
    counts = await queries.inbox_counts(db, actor)
    context = {"rows": waiting[:SHOWN], "needs": NEEDS, "at": clock.now(), "all": counts.get("requested", 0)}
    return TodaySection("referrals/today_inbox.html", context, waiting=counts.get("requested", 0))


@today_section(order=30)
async def waiting_for_others(db: AsyncSession, actor: Actor) -> TodaySection | None:
    """What waits for organizations, overdue ones first."""
    if not actor.can("referral.send"):
        return None
    overdue = await queries.worklist(db, actor, "overdue")
    unanswered = await queries.worklist(db, actor, "unanswered")
    rows = [*overdue, *unanswered][:SHOWN]
    if not rows:
        return None
    counts = await queries.worklist_counts(db, actor)
    context = {
        "rows": rows,
        "at": clock.now(),
        "all": counts["overdue"] + counts["unanswered"],
        "needs": NEEDS,
    }
    return TodaySection("referrals/today_waiting.html", context, beside=True)


@today_section(order=40)
async def good_news(db: AsyncSession, actor: Actor) -> TodaySection | None:
    """Who got help in the last days: nobody should only ever see what is late."""
    if not actor.can("referral.send"):
        return None
    query = (
        select(Referral, Client)
        .join(Client, Client.id == Referral.client_id)
        .where(visible_to(actor), Referral.sender_id == actor.organization_id, Referral.state == "completed")
        .where(Referral.outcome.in_(HELPED), Referral.closed_at >= clock.now() - RECENT)
        .order_by(Referral.closed_at.desc())
        .limit(4)
    )
    rows = (await db.execute(query)).all()
    return TodaySection("referrals/today_news.html", {"rows": rows}, beside=True) if rows else None
