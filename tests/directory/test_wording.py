import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.showing.wording import Step, ages, lead, paragraphs, sentences, steps

LEGAL_AID = Path("../shared/data/legal_aid/services.csv")


def test_a_sentence_that_only_explains_goes_with_what_to_do():
    text = (
        "Come by, no appointment. The line is shortest before 11 am. Or call first. They ask your ZIP code."
    )
    assert steps(text) == [
        Step("Come by, no appointment.", "The line is shortest before 11 am."),
        Step("Or call first.", "They ask your ZIP code."),
    ]


def test_lines_and_numbers_are_steps():
    assert steps(
        "1. Fill in the form.\n2) Bring it. We open at 9 a.m. on weekdays.\n\n- Wait for our letter."
    ) == [
        Step("Fill in the form."),
        Step("Bring it.", "We open at 9 a.m. on weekdays."),
        Step("Wait for our letter."),
    ]


def test_words_run_together_by_an_export_are_taken_apart():
    assert steps("Telephone\n\n    OnlinePlease leave a message.  We call back.") == [
        Step("Get in touch: Telephone, Online"),
        Step("Please leave a message.", "We call back."),
    ]


@pytest.mark.parametrize("text", [None, "", "  \n "])
def test_no_text_has_no_steps(text):
    assert steps(text) == [] and paragraphs(text) == [] and lead(text) == ("", [])


def test_ways_to_get_in_touch_are_one_step():
    assert steps("Telephone\n\n    Online through help.example") == [
        Step("Get in touch: Telephone, Online through help.example")
    ]
    assert steps("Walk-in") == [Step("Walk-in")]


def test_abbreviations_end_no_sentence():
    assert sentences("Go to 12 St. James Ave. Room 3. Ask for Dr. Brandt.") == [
        "Go to 12 St. James Ave. Room 3.",
        "Ask for Dr. Brandt.",
    ]


@given(st.text(alphabet="Call me. Ask us! 12\n-", max_size=300))
def test_steps_lose_no_word(text):
    told = " ".join(f"{step.title} {step.text}" for step in steps(text))
    assert re.findall("[A-Za-z]+", told) == re.findall("[A-Za-z]+", text)


@pytest.mark.shared_data
def test_real_instructions_become_few_steps():
    if not LEGAL_AID.exists():
        pytest.skip("no ../shared/data/legal_aid beside the repository")
    with LEGAL_AID.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["application_process"] for row in csv.DictReader(file) if row["application_process"]]
    assert len(texts) > 200
    assert all(1 <= len(steps(text)) <= 6 for text in texts)


def test_a_long_description_starts_with_a_lead():
    text = "We drive people to the doctor. " * 3 + "There is much more to say about it. " * 20
    first, rest = lead(text)
    assert first.startswith("We drive people") and len(first) <= 260
    assert " ".join([first, *rest]).split() == text.split()


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, None, ""),
        (0, 17, "Up to age 17"),
        (60, None, "Age 60 and older"),
        (16, 24, "Ages 16 to 24"),
        (18, 120, "Age 18 and older"),
    ],
)
def test_ages_in_words(low, high, words):
    assert ages(low, high) == words
