"""The mails of a referral. None of them says who the person is: that takes a code, or signing in.

The first two are in the usual language: what a sender reads says nothing about what a receiver reads. The others
answer somebody who chose a language on the page.
"""

from care.models import URGENCIES
from core import display
from core.i18n import DEFAULT, in_language
from core.i18n import gettext as _
from core.settings import Settings
from directory.needs import NEEDS
from referrals.models import Referral

#: What fits into a subject line with the words around it.
_LONGEST_NAME = 100


def _line(name: str) -> str:
    """Return a name as it can stand in a subject line, whatever was typed or imported."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return plain if len(plain) <= _LONGEST_NAME else plain[: _LONGEST_NAME - 1] + "…"


def _what(referral: Referral) -> str:
    return _("%(need)s · %(urgency)s · for %(service)s") % {
        "need": _(NEEDS[referral.need_code].name),
        "urgency": _(URGENCIES[referral.urgency]),
        "service": referral.service_name,
    }


@in_language(DEFAULT)
def request(referral: Referral, settings: Settings, token: str, zone: str) -> tuple[str, str]:
    """Return subject and text of the mail that asks for an answer."""
    subject = _("Can you help? A referral from %(sender)s") % {"sender": _line(referral.sender_name)}
    due = display.long_day(referral.respond_by, zone)
    lines = [
        _("%(sender)s asks you to help somebody.") % {"sender": referral.sender_name},
        _what(referral),
        _("Please answer by %(day)s. You need no account: open this page, then choose yes or no.")
        % {"day": due},
        f"{settings.base_url}/act/{token}",
        *([_("Others were asked too: the first to say yes takes it.")] if referral.round_id else []),
        _("The page does not say who the person is. It can mail a code to this address that shows it."),
        _("The link works for 14 days, for this referral only. Do not pass it on."),
    ]
    return subject, "\n\n".join(lines) + "\n"


@in_language(DEFAULT)
def reminder(referral: Referral, settings: Settings, token: str, zone: str) -> tuple[str, str]:
    """Return subject and text of the one reminder."""
    subject = _("Still waiting for your answer: a referral from %(sender)s") % {
        "sender": _line(referral.sender_name)
    }
    lines = [
        _("%(sender)s asked you on %(day)s to help somebody, and somebody is waiting.")
        % {"sender": referral.sender_name, "day": display.long_day(referral.sent_at, zone)},
        _what(referral),
        _("A no helps too: then we ask somebody else. One click is enough, without an account:"),
        f"{settings.base_url}/act/{token}",
    ]
    return subject, "\n\n".join(lines) + "\n"


@in_language(DEFAULT)
def taken(referral: Referral) -> tuple[str, str]:
    """Return subject and text of the mail that thanks whoever need not answer any more."""
    subject = _("No answer needed any more: a referral from %(sender)s") % {
        "sender": _line(referral.sender_name)
    }
    lines = [
        _("Another organization has said yes first, so you need not do anything.")
        + " "
        + _("Thank you for being there."),
        _what(referral),
    ]
    return subject, "\n\n".join(lines) + "\n"


def accepted(referral: Referral, settings: Settings, token: str) -> tuple[str, str]:
    """Return subject and text of the mail with the link for what comes after a yes."""
    subject = _("Thank you for saying yes: what comes next")
    lines = [
        _("You accepted a referral from %(sender)s.") % {"sender": referral.sender_name},
        _what(referral),
        _("On this page you see who the person is, note an appointment, and say how it ended:"),
        f"{settings.base_url}/act/{token}",
        _("The link works for 14 days, for this referral only. Do not pass it on."),
    ]
    return subject, "\n\n".join(lines) + "\n"


def code(digits: str) -> tuple[str, str]:
    """Return subject and text of the mail with a code."""
    subject = _("Your code: %(digits)s") % {"digits": digits}
    lines = [
        _("Type this code on the page that asked for it: %(digits)s") % {"digits": digits},
        _("It works for 10 minutes. If you did not ask for it, you can forget this mail."),
    ]
    return subject, "\n\n".join(lines) + "\n"
