"""Cleaning of other people's text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.text import (
    Telephone,
    clean_email,
    clean_line,
    clean_text,
    clean_url,
    normal,
    normal_address,
    read_telephone,
)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("  plain  words ", "plain words"),
        ("St. Mary&#039;s &amp; friends", "St. Mary's & friends"),
        ("a &lt;p&gt;Hello&lt;/p&gt;&amp;#8217;s", "a Hello\n’s"),
        ("<p>One<br/>two</p><ul><li>x</li><li>y</li></ul>", "One\ntwo\n\n- x\n\n- y"),
        ("<td>Monday</td><td>9-5</td>", "Monday 9-5"),
        ("ages < 5 & > 3, 3<4", "ages < 5 & > 3, 3<4"),
        (
            "write <me@mill.example> or <https://mill.example/a>",
            "write me@mill.example or https://mill.example/a",
        ),
        ("### Parking ### free", "Parking free"),
        ("first\\n second\r\nthird\n\n\n\nfourth", "first\nsecond\nthird\n\nfourth"),
        ("x\u200by\x00z \u202egnp", "xyz gnp"),
        ("<script>alert(1)</script>safe<img src=x onerror=alert(1)>", "safe"),
        ("\u00a0 \u3000", ""),
    ],
)
def test_clean_text(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


def test_name_is_one_line() -> None:
    assert clean_line("Mill<br>House\nPantry") == "Mill House Pantry"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_cleaning_never_fails_and_leaves_no_control_character(text: str) -> None:
    cleaned = clean_text(text)
    assert not any(ord(character) < 32 and character != "\n" for character in cleaned)
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.mill.example", "http://www.mill.example"),
        ("https://mill.example/a?b=c", "https://mill.example/a?b=c"),
        ("mill.example/find", "http://mill.example/find"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//mill.example", None),
        ("https://user:secret@mill.example", None),
        ("http://[::1", None),
        ("see our page", None),
        ("info@mill.example", None),
    ],
)
def test_clean_url(text: str, expected: str | None) -> None:
    assert clean_url(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("info@mill.example", "info@mill.example"),
        ("mailto:info@mill.example", "info@mill.example"),
        ("Mail: info@mill.example.", "info@mill.example"),
        ("a@mill.example, b@mill.example", None),
        ("ask", None),
    ],
)
def test_clean_email(text: str, expected: str | None) -> None:
    assert clean_email(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(698) 555-0101", Telephone("+16985550101", None)),
        ("+1 698.555.0101", Telephone("+16985550101", None)),
        ("698-555-0101 x 715", Telephone("+16985550101", "715")),
        ("(698) 555-0101; (698) 555-0102", Telephone("+16985550101", None)),
        ("698-555-0101 (office)", Telephone("+16985550101", None)),
        ("+44 20 7946 0958", Telephone("+442079460958", None)),
        ("call us", None),
        ("", None),
    ],
)
def test_read_telephone(text: str, expected: Telephone | None) -> None:
    assert read_telephone(text) == expected


def test_comparison_sees_through_spelling() -> None:
    assert normal("St. Mary’s  Pantry") == normal("ST MARYS PANTRY")
    assert normal_address("12 North Mill Street, Suite 4") == normal_address("12 N. Mill St. Ste 4")
    assert normal_address("12 North Mill Street") != normal_address("12 South Mill Street")
