"""Reading what people type."""

import enum
from datetime import date, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict, MultiDict
from msgspec import Meta

from core.forms import FormErrors, QueryErrors, as_typed, read_form, read_query


class Way(enum.Enum):
    PHONE = "phone"
    MAIL = "mail"


class Person(msgspec.Struct):
    name: Annotated[str, Meta(max_length=10)]
    needs: list[Literal["food", "ride"]]
    born: date | None = None
    age: Annotated[int, Meta(ge=0, le=120)] | None = None
    miles: float = 5.0
    way: Way | None = None
    note: str = ""
    urgent: bool = False
    opens: time | None = None
    helper: UUID | None = None


def form(*pairs: tuple[str, str]) -> FormMultiDict:
    return FormMultiDict(pairs)


GOOD = (("name", "Ruth"), ("needs", "food"))


def test_it_works():
    read = read_form(
        Person,
        form(
            ("name", " Ruth "),
            ("needs", "food"),
            ("needs", "ride"),
            ("born", "1990-02-03"),
            ("age", "36"),
            ("miles", "2.5"),
            ("way", "mail"),
            ("note", "first\r\nsecond"),
            ("urgent", "on"),
            ("opens", "9:05"),
            ("helper", "00000000-0000-0000-0000-000000000001"),
            ("unknown", "is ignored"),
        ),
    )
    assert read == Person(
        name="Ruth",
        needs=["food", "ride"],
        born=date(1990, 2, 3),
        age=36,
        miles=2.5,
        way=Way.MAIL,
        note="first\nsecond",
        urgent=True,
        opens=time(9, 5),
        helper=UUID(int=1),
    )


def test_one_ticked_box_is_a_list_and_blanks_take_their_defaults():
    blank = (("born", ""), ("age", " "), ("miles", ""), ("way", ""), ("opens", ""), ("note", ""))
    assert read_form(Person, form(*GOOD, *blank)) == Person(name="Ruth", needs=["food"])


def test_every_mistake_is_told_at_once_and_what_was_typed_is_kept():
    typed = {
        "name": "a name that is too long",
        "needs": "money",
        "born": "2026-02-30",
        "age": "121",
        "miles": "far",
        "way": "pigeon",
        "urgent": "perhaps",
        "opens": "25:00",
        "helper": "nobody",
    }
    with pytest.raises(FormErrors) as caught:
        read_form(Person, form(*typed.items()))
    assert caught.value.errors.keys() == typed.keys()
    assert all(sentence.endswith(".") for sentence in caught.value.errors.values())
    assert caught.value.errors["age"] == "Enter at most 120."
    assert caught.value.typed["name"] == "a name that is too long"
    assert caught.value.typed["needs"] == ["money"]


def test_an_empty_form_names_what_is_required():
    with pytest.raises(FormErrors) as caught:
        read_form(Person, form())
    assert caught.value.errors == {"name": "Fill this in.", "needs": "Choose at least one."}


@pytest.mark.parametrize("number", ["nan", "inf", "1e999", "0x10", "１２", "1_000", "9" * 40, "--1", "."])
def test_numbers_that_are_none(number: str):
    for field in ("age", "miles"):
        if (field, number) != ("miles", "9" * 40):
            with pytest.raises(FormErrors):
                read_form(Person, form(*GOOD, (field, number)))


@pytest.mark.parametrize(
    ("text", "day"), [("02/03/1990", date(1990, 2, 3)), ("1990-02-03", date(1990, 2, 3))]
)
def test_dates_as_browsers_send_and_as_people_type(text: str, day: date):
    assert read_form(Person, form(*GOOD, ("born", text))).born == day


@pytest.mark.parametrize("text", ["0001-01-01", "9999-01-01", "13/40/1990", "yesterday", "1990-W05-1x"])
def test_dates_that_are_none(text: str):
    with pytest.raises(FormErrors):
        read_form(Person, form(*GOOD, ("born", text)))


def test_invisible_characters_do_not_get_in():
    read = read_form(Person, form(("name", "R\x07u\u202eth\x7f"), ("needs", "food"), ("note", "e\u0301")))
    assert (read.name, read.note) == ("Ruth", "é")
    for refused in ("a\x00b", "a\ud800b"):
        with pytest.raises(FormErrors) as caught:
            read_form(Person, form(("name", refused), ("needs", "food")))
        assert caught.value.errors == {"name": "This contains characters that cannot be stored."}


def test_nothing_unbounded_is_taken():
    with pytest.raises(FormErrors):
        read_form(Person, form(*GOOD, ("note", "x" * 10_001)))
    with pytest.raises(FormErrors):
        read_form(Person, form(("name", "Ruth"), *[("needs", "food")] * 1001))


class Secret(msgspec.Struct):
    password: Annotated[str, Meta(max_length=2000, extra={"verbatim": True})]
    again: str


def test_passwords_are_taken_exactly_and_never_shown_again():
    typed = "  e\u0301 \t\x07\u202e "
    assert read_form(Secret, form(("password", typed), ("again", "x"))).password == typed
    with pytest.raises(FormErrors) as caught:
        read_form(Secret, form(("password", typed)))
    assert "password" not in caught.value.typed


class Stay(msgspec.Struct):
    begins: date
    ends: date

    def __post_init__(self) -> None:
        if self.ends < self.begins:
            raise FormErrors({"ends": "The end comes before the beginning."})


def test_rules_over_several_fields():
    with pytest.raises(FormErrors) as caught:
        read_form(Stay, form(("begins", "2026-02-02"), ("ends", "2026-02-01")))
    assert caught.value.errors == {"ends": "The end comes before the beginning."}
    assert caught.value.typed == {"begins": "2026-02-02", "ends": "2026-02-01"}


class Search(msgspec.Struct):
    q: Annotated[str, Meta(max_length=200)] = ""
    radius: Annotated[float, Meta(gt=0, le=500)] | None = None
    open_now: bool = False
    need: tuple[str, ...] = ()


def test_queries_are_read_alike_and_refused_as_bad_requests():
    read = read_query(
        Search, MultiDict([("need", "food"), ("need", "ride"), ("open_now", "1"), ("radius", "")])
    )
    assert read == Search(open_now=True, need=("food", "ride"))
    with pytest.raises(QueryErrors, match="radius: Enter more than 0"):
        read_query(Search, MultiDict([("radius", "-1")]))
    with pytest.raises(QueryErrors, match="q: This contains"):
        read_query(Search, MultiDict([("q", "a\x00")]))


def test_a_form_can_begin_with_what_is_stored():
    person = Person(name="Ruth", needs=["food"], born=date(1990, 2, 3), way=Way.MAIL, urgent=True, age=0)
    typed = as_typed(person)
    assert (typed["born"], typed["way"], typed["urgent"], typed["age"]) == ("1990-02-03", "mail", "on", "0")
    pairs = [
        (name, v) for name, value in typed.items() for v in (value if isinstance(value, list) else [value])
    ]
    assert read_form(Person, form(*pairs)) == person


@given(st.lists(st.tuples(st.sampled_from(Person.__struct_fields__), st.text(max_size=40)), max_size=15))
def test_whatever_is_typed_gives_a_form_or_sentences(pairs: list[tuple[str, str]]):
    try:
        read = read_form(Person, form(*pairs))
    except FormErrors as error:
        assert error.errors and all(error.errors.values())
    else:
        assert msgspec.json.encode(read)
