"""How far a need has come on the line from found to got help, told by its referrals."""

import msgspec

from care.models import Need
from core import display
from core.i18n import gettext as _
from referrals.models import REASONS, TAKEN, UNDER_WAY, Referral

FOUND, WANTS_HELP, SENT, ACCEPTED, GOT_HELP = range(1, 6)


class Step(msgspec.Struct, frozen=True):
    """Where a need stands: the step from 1 to 5, whether it broke there, what is written at each step, whose move.

    `sentence` says in words what happened last.
    """

    at: int
    broken: bool
    theirs: bool
    notes: dict[int, str]
    sentence: str


def step_of(need: Need, referrals: list[Referral], zone: str) -> Step:
    """Return the step of a need with its referrals, newest first."""
    notes = {FOUND: display.day(need.created_at, zone)}
    latest = _telling(referrals)
    if need.state == "met":
        helped = next((row for row in referrals if row.got_help), None)
        if helped is not None:
            notes[SENT] = display.day(helped.sent_at, zone)
            notes[ACCEPTED] = display.day(helped.first_response_at, zone)
        notes[GOT_HELP] = display.day(need.closed_at, zone)
        return Step(GOT_HELP, False, False, notes, _ended(latest) if latest is not None else "")
    if latest is None:
        return Step(WANTS_HELP if need.wants_help == "yes" else FOUND, False, False, notes, "")
    notes[SENT] = display.day(latest.sent_at, zone)
    if latest.state == "requested":
        asked = sum(1 for row in referrals if row.round_id and row.round_id == latest.round_id)
        sentence = (
            _("%(n)s places were asked together; nobody has said yes yet.") % {"n": asked}
            if asked > 1
            else _("%(name)s has not answered yet.") % {"name": latest.receiver_name}
        )
        return Step(SENT, False, True, notes, sentence)
    if latest.state in UNDER_WAY:
        notes[ACCEPTED] = display.day(latest.first_response_at, zone)
        return Step(ACCEPTED, False, True, notes, _under_way(latest, zone))
    broken_at = SENT if latest.state == "rejected" or latest.first_response_at is None else ACCEPTED
    notes[broken_at] = _("ended %(day)s") % {"day": display.day(latest.closed_at, zone)}
    return Step(broken_at, True, False, notes, _ended(latest))


def _telling(referrals: list[Referral]) -> Referral | None:
    """Return the referral that tells where a need stands: the newest, or of several asked together the farthest."""
    sent = [row for row in referrals if row.state != "draft" and row.reason != TAKEN]
    if not sent or sent[0].round_id is None:
        return sent[0] if sent else None
    together = [row for row in sent if row.round_id == sent[0].round_id]
    return min(
        together, key=lambda row: (row.state not in {*UNDER_WAY, "completed"}, row.state != "requested")
    )


def _under_way(referral: Referral, zone: str) -> str:
    if referral.business_state == "scheduled" and referral.appointment_at is not None:
        when = display.moment(referral.appointment_at, zone)
        return _("%(name)s: appointment on %(when)s.") % {"name": referral.receiver_name, "when": when}
    if referral.state == "on-hold":
        return _("%(name)s has it on hold.") % {"name": referral.receiver_name}
    return _("%(name)s said yes.") % {"name": referral.receiver_name}


def _ended(referral: Referral) -> str:
    name = referral.receiver_name
    if referral.state == "completed":
        if referral.provided:
            return _("%(name)s: %(what)s.") % {"name": name, "what": referral.provided}
        return _("%(name)s closed it.") % {"name": name}
    reason = _(REASONS[referral.reason]).lower() if referral.reason in REASONS else ""
    match referral.state:
        case "rejected":
            return _("%(name)s declined: %(reason)s.") % {"name": name, "reason": reason}
        case "failed":
            return _("It did not work out at %(name)s: %(reason)s.") % {"name": name, "reason": reason}
        case "cancelled":
            return _("The referral to %(name)s was cancelled: %(reason)s.") % {"name": name, "reason": reason}
        case _:
            return _("The referral to %(name)s was entered by mistake.") % {"name": name}
