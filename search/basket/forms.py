"""What the forms and addresses of the list may say."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.forms import FormErrors
from core.i18n import LANGUAGES, N_, current_language
from core.i18n import gettext as _
from core.mail import valid_address
from search.basket.chosen import Basket, unpack

_Text = Annotated[str, Meta(max_length=2_000)]


class KeepForm(msgspec.Struct, frozen=True, kw_only=True):
    """A service to be put on the list or taken off it; `back` is the page it was done on."""

    service: UUID
    keep: Literal["yes", "no"]
    back: _Text = "/handout"


class BackForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that only says where it stands."""

    back: _Text = "/handout"


class HandoutForm(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-out as its address names it: services, language, whether the browser shall print it at once."""

    s: _Text = ""
    lang: Annotated[str, Meta(max_length=20)] = ""
    print: bool = False
    sent: bool = False

    @property
    def named(self) -> Basket:
        """The services that the address names; none where it leaves them to the reader's own list."""
        return unpack(self.s)

    @property
    def language(self) -> str:
        """The language of the hand-out: the one asked for where we have it, else that of the page."""
        return self.lang if self.lang in LANGUAGES else current_language()


class MailForm(msgspec.Struct, frozen=True, kw_only=True):
    """Where to mail a hand-out; its text is ours and the listings' alone, nothing can be added to it."""

    s: _Text
    lang: Annotated[str, Meta(max_length=20)] = ""
    to: Annotated[str, Meta(max_length=254, extra={"missing": N_("Type a mail address.")})]

    def __post_init__(self) -> None:
        """Refuse what is no plain address, with a name, or several."""
        if not valid_address(self.to) or "." not in self.to.rpartition("@")[2]:
            raise FormErrors({"to": _("This is no mail address. It looks like name@example.org.")})

    @property
    def handout(self) -> HandoutForm:
        """The hand-out that is mailed."""
        return HandoutForm(s=self.s, lang=self.lang)


def typed_address(typed: dict[str, Any]) -> str:
    """What was typed as an address, to show it again beside what is wrong with it."""
    return str(typed.get("to", ""))
