"""Which passwords are refused, and how they are kept."""

import pytest

from accounts import passwords

NINA = ("nina@county.example", "Nina Larkin", "Alder County Family Services")


@pytest.mark.parametrize(
    "password",
    [
        "short words",
        "password1234",
        "P@ssw0rd12345!",
        "Welcome2026!!",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012",
        "abcdefghijklm",
        "letmeinletmein",
        "handrail-demo",
        "Handrail2026!",
        "nina.larkin99",
        "larkin-county",
        "x" * 1001,
    ],
)
def test_easy_ones_are_refused(password: str):
    assert passwords.problem_with(password, about=NINA)


@pytest.mark.parametrize(
    "password",
    [
        "fifteenletters!",
        "purple turtle lamp",
        "zebra kiosk mantle",
        "drei grüne Äpfel",
        "ничего особенного",
        "x7#Kp2!qLm9z",
        "My cat Nina sleeps on the red sofa",
        "correct " * 30,
    ],
)
def test_long_ones_are_taken_whatever_they_are_made_of(password: str):
    assert passwords.problem_with(password, about=NINA) is None


def test_the_demo_password_is_one_in_the_demo_only():
    assert passwords.problem_with(passwords.DEMO_PASSWORD, demo=True) is None
    assert passwords.problem_with(passwords.DEMO_PASSWORD)


async def test_passwords_count_exactly_as_typed():
    stored = await passwords.hash_password(" Purple turtle lamp ")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify_password(stored, " Purple turtle lamp ")
    for other in ("Purple turtle lamp", " purple turtle lamp ", " Purple turtle lamp  ", ""):
        assert not await passwords.verify_password(stored, other)


async def test_every_letter_of_a_long_one_counts():
    stored = await passwords.hash_password("a" * 999 + "b")
    assert await passwords.verify_password(stored, "a" * 999 + "b")
    assert not await passwords.verify_password(stored, "a" * 999 + "c")


async def test_without_a_hash_nothing_is_right():
    assert not await passwords.verify_password(None, "a password that nobody has")
    assert not await passwords.verify_password("not a hash", "anything")
