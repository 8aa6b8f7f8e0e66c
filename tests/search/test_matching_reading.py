"""What listings say of whom they serve, the papers they ask for, and how they are reached."""

import pytest

from search.matching.papers import read_papers
from search.matching.reach import read_reach
from search.matching.reading import read_whom


@pytest.mark.parametrize(
    ("text", "only", "welcomes"),
    [
        ("Women only.", {"women"}, set()),
        ("Must be a veteran.", {"veterans"}, set()),
        ("For women only, ages 18 and over", {"women"}, set()),
        ("We serve only young people.", {"youth"}, set()),
        ("Limited to homeless men.", {"homeless+men"}, set()),
        ("Women veterans only", {"veterans+women"}, set()),
        ("Immigrant and refugee men.", {"immigrants+men"}, set()),
        ("Women and children only", {"women"}, set()),
        ("Survivors of domestic violence", {"survivors"}, set()),
        ("Families with children under 18", {"families"}, set()),
        ("Pregnant women.", {"pregnant"}, set()),
        ("Solo mujeres", {"women"}, set()),
        ("Exclusivamente para adultos mayores", {"seniors"}, set()),
        ("Debe ser veterano", {"veterans"}, set()),
        ("Veterans welcome", set(), {"veterans"}),
        ("Veterans and their families", set(), {"veterans"}),
        ("Open to all, including veterans", set(), {"veterans"}),
        ("Including but not limited to veterans", set(), {"veterans"}),
        ("Not only for veterans", set(), {"veterans"}),
        ("Families and single women first, men when there is space.", set(), {"women", "men"}),
        ("Anybody who lives in the county. Children welcome.", set(), {"children"}),
        ("Seniors only on Tuesdays; everybody on other days", set(), {"seniors"}),
        ("Anyone who needs food", set(), set()),
        ("", set(), set()),
    ],
)
def test_eligibility_is_read_as_it_is_meant(text: str, only: set[str], welcomes: set[str]) -> None:
    told = read_whom("A service", "", text)
    assert set(told.only_for) == only
    assert set(told.welcomes) >= welcomes


@pytest.mark.parametrize(
    ("name", "only"),
    [
        ("Brook Street Women's Shelter", {"women"}),
        ("Veterans House", {"veterans"}),
        ("Family Shelter", {"families"}),
        ("Men's Health Talk", set()),
        ("Senior Center", set()),
        ("Women in Business", set()),
    ],
)
def test_houses_are_for_those_they_are_named_after(name: str, only: set[str]) -> None:
    assert set(read_whom(name).only_for) == only


def test_what_a_description_says_of_a_part_is_not_said_of_the_whole() -> None:
    said = read_whom("Night cots", "Thirty cots, and a corner for women only.", "Everyone who is outside.")
    assert not said.only_for
    assert not read_whom("Food stamps", "", "Anybody, also for children only.").only_for
    assert set(read_whom("Night house", "This house is for women only.").only_for) == {"women"}


def test_the_words_that_told_are_kept() -> None:
    assert read_whom("Hall", "", "Must be a veteran.").only_for == {"veterans": "must be a veteran"}


def test_terms_welcome_and_never_limit() -> None:
    told = read_whom("Clinic", "", "", ("Veterans", "Seniors"))
    assert not told.only_for
    assert set(told.welcomes) == {"veterans", "seniors"}


@pytest.mark.parametrize(
    ("required", "texts", "found"),
    [
        (["Photo ID"], [], ("photo-id",)),
        (["ID with your address"], [], ("photo-id", "address")),
        (["Pay stubs or benefit letter, to make copies"], [], ("income",)),
        (["DD-214", "Lease"], [], ("address", "military")),
        (["Photo ID, if you have one"], [], ()),
        (["Two strong bags", "Your ZIP code. No ID, no papers"], [], ("none",)),
        (["Water bill"], [], ("other",)),
        ([], ["Bring proof of income and a photo ID."], ("photo-id", "income")),
        ([], ["No ID needed."], ("none",)),
        ([], ["No papers are asked for."], ("none",)),
        ([], ["Traiga identificación"], ("photo-id",)),
        ([], ["We help with Medicaid cards."], ()),
        ([], [], ()),
    ],
)
def test_papers_are_read(required: list[str], texts: list[str], found: tuple[str, ...]) -> None:
    assert read_papers(required, texts) == found


@pytest.mark.parametrize(
    ("name", "description", "needs", "found"),
    [
        ("Talk Line", "Counseling by telephone, day and night.", (), ("phone",)),
        ("Supper", "Meals are delivered to your door.", (), ("home",)),
        ("Clinic on the Screen", "Telehealth visits.", (), ("phone", "online")),
        ("Dial-a-Ride", "Rides to the doctor.", ("transportation-insecurity",), ("home",)),
        ("Pantry", "No questions at the door. Call by Thursday.", (), ()),
    ],
)
def test_reach_is_read(name: str, description: str, needs: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert read_reach(name, description, needs) == found


def test_a_virtual_location_is_online() -> None:
    assert read_reach("Class", "English for beginners.", (), ("virtual",)) == ("online",)


def test_what_is_named_after_a_group_is_meant_for_it_and_turns_nobody_away() -> None:
    group = read_whom("New Mothers' Mood Group", "We meet over tea.")
    assert (set(group.only_for), set(group.meant_for)) == (set(), {"women"})
    assert set(read_whom("Floor", "", "Parents or grandparents with children, in need.").meant_for) == {
        "families"
    }
    assert not read_whom("Family Doctors", "", "Everybody.").meant_for
    assert not read_whom("Car Team", "", "Children and adults anywhere in the county.").meant_for
    assert not read_whom("Burial Help", "", "Families who cannot pay for a funeral.").meant_for
    assert not read_whom("Women's Tea", "", "Anyone who likes tea.").meant_for
