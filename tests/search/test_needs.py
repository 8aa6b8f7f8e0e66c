"""Which needs a listing is tagged with, and that the words which say so are kept."""

import csv
import json
from pathlib import Path

import pytest

from directory.needs import FIELDS, NEEDS, with_fields
from search.needs import Evidence, tag
from search.needs.phrases import Phrases, words

DATA = Path(__file__).parents[3] / "shared" / "data"


def needs(*args: str, **more: str) -> set[str]:
    return set(tag(*args, **more))


def test_it_works() -> None:
    found = tag("Millrace Community Pantry", "A week of groceries. Diapers when there are any.")
    assert found == {
        "food-insecurity": [Evidence("name", "pantry"), Evidence("description", "groceries")],
        "material-hardship": [Evidence("description", "diapers")],
    }


@pytest.mark.parametrize(
    ("name", "description", "expected"),
    [
        ("Eviction defense help desk", "", {"housing-instability", "legal-help"}),
        ("Veterans legal clinic", "", {"veteran-status", "legal-help"}),
        ("Order of protection clinic", "", {"intimate-partner-violence", "legal-help"}),
        ("County animal shelter", "", set()),
        ("Harbor House", "Emergency shelter for families.", {"homelessness"}),
        ("Rides to the doctor", "Volunteer drivers.", {"transportation-insecurity"}),
        ("Job club", "Help with a resume.", {"employment-status"}),
        ("Trauma-informed yoga", "", set()),
        ("Despensa de alimentos", "", {"food-insecurity"}),
        ("Consejería", "Salud mental y terapia.", {"stress", "depression", "anxiety"}),
        ("Help & Utilities", "Help paying electric bills.", {"utility-insecurity", "financial-insecurity"}),
    ],
)
def test_tells_needs_apart(name: str, description: str, expected: set[str]) -> None:
    assert needs(name, description) == expected


def test_words_said_in_passing_do_not_count() -> None:
    assert needs("Alder library", "We are near public transportation and a food court.") == set()


def test_a_negation_takes_the_match_away() -> None:
    assert needs("Family desk", "We do not offer rent assistance.") == set()
    assert needs("Family desk", "We don't give out bus passes.") == set()
    assert needs("Family desk", "No-cost food pantry, not only for families.") == {"food-insecurity"}


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Counseling for couples. Does not provide housing, meals or financial assistance.", set()),
        ("We do not give rides, but we do give bus passes.", {"transportation-insecurity"}),
        ("Applicants must be homeless and referred by an emergency shelter.", set()),
        ("Gives referrals to emergency shelters, job training and rent assistance.", set()),
        ("A warm desk for the lost. Call 211 for food pantries and shelters.", set()),
        ("Bring proof of address such as a rent receipt. Near the bus stop and the food court.", set()),
        ("Choir practice on Thursdays. Equal housing opportunity.", set()),
        ("Music for everybody. Proceeds support the food pantry and the homeless shelter.", set()),
        ("A day of lectures on the law. Lunch is included, transportation provided.", set()),
        ("Help with everyday things. Other services: food boxes, rental assistance.", {"food", "housing"}),
        ("No ofrecemos despensa ni transporte a citas.", set()),
        ("Para familias sin vivienda: tutorías.", {"vocational"}),
    ],
)
def test_how_a_sentence_is_meant_decides(description: str, expected: set[str]) -> None:
    given = needs("Alder Desk", description)
    fields = {
        field for field in ("food", "housing", "transportation", "vocational") if given & {*FIELDS[field]}
    }
    assert fields == {NEEDS[code].field if code in NEEDS else code for code in expected}


def test_clues_tell_together_what_none_tells_alone() -> None:
    assert needs("Corner table", "Soup and sandwiches from noon, whoever comes, on every Sunday.") == {
        "food-insecurity"
    }
    assert needs("Corner table", "Talk about soup from noon with whoever comes on a Sunday.") == set()
    assert needs("The hall", "On cold nights the hall has beds for those without a home.") == {"homelessness"}
    assert needs("The hall", "A talk on nights in the desert and what grows there, with slides.") == set()
    # Where something is said outright, a pair of clues is no more than a side of it.
    assert needs("The hall", "Child care for working parents, with milk and a snack.") == {
        "material-hardship"
    }


def test_a_short_description_is_a_list_and_later_sentences_weigh_less() -> None:
    assert needs("St. Brendan", "meals, rides, jobs") == {
        "food-insecurity",
        "transportation-insecurity",
        "employment-status",
    }
    long = "We meet on Tuesdays to sing old songs in the hall and talk about them. {}"
    assert needs("Choir", long.format("Somebody gives rides.")) == set()
    assert needs("Choir", long.format("Also bus passes.")) == {"transportation-insecurity"}


def test_first_words_of_kinds_stand_for_each_other() -> None:
    phrases = Phrases(["<give> .. ride*", "help <give>"], {"give": ["give*", "offer*"]})
    text = words("Offers free rides. Helping; help given.")
    assert [(m.phrase, text[m.start : m.end]) for m in phrases.find(text)] == [
        (0, ["offers", "free", "rides"]),
        (1, ["help", "given"]),
    ]
    with pytest.raises(ValueError, match="No words are listed"):
        Phrases(["<take> it"])


def test_name_of_a_host_yields_to_what_is_known() -> None:
    assert needs("Oak Court Apartments", organization="Alder Food Bank") == {"housing-instability"}
    assert set(tag("Oak Court Apartments", "", ["Food Pantry"])) == {"food-insecurity"}


def test_organization_is_asked_only_when_the_service_says_nothing() -> None:
    assert needs("Main Street site", organization="Alder Food Bank") == {"food-insecurity"}
    assert needs("Bus passes", organization="Alder Food Bank") == {"transportation-insecurity"}


def test_every_need_but_the_catch_all_has_rules_that_find_it() -> None:
    by_phrase = {
        "food-insecurity": "food pantry",
        "elder-abuse": "adult protective services",
        "digital-access": "free internet",
        "suicide-risk": "suicide prevention",
        "psychosis": "first episode program",
    }
    for code, phrase in by_phrase.items():
        assert code in needs(phrase), code


def test_catalog_fields_cover_every_need_once() -> None:
    listed = [code for codes in FIELDS.values() for code in codes]
    assert sorted(listed) == sorted(NEEDS)
    assert not FIELDS.keys() & NEEDS.keys(), "a filter value must be either a need or a field"
    assert with_fields(["food-insecurity", "stress"]) == (
        "food-insecurity",
        "stress",
        "food",
        "mental-health",
    )


def test_suggested_icd10_codes_are_billable() -> None:
    source = DATA / "codes" / "icd10cm_z55_z65.json"
    if not source.exists():
        pytest.skip("../shared/data/codes is not here")
    billable = {row[0]: row[2] for row in json.loads(source.read_text())}
    wrong = [code for need in NEEDS.values() for code in need.icd10 if not billable.get(code)]
    assert wrong == []


def test_phrases_find_stems_gaps_and_stop_at_sentences() -> None:
    phrases = Phrases(["help pay* .. rent", "pantr*"])
    text = words("Help paying the monthly rent. Pantries! Help pay. Rent a car.")
    assert [(m.phrase, text[m.start : m.end]) for m in phrases.find(text)] == [
        (0, ["help", "paying", "the", "monthly", "rent"]),
        (1, ["pantries"]),
    ]
    with pytest.raises(ValueError, match="begins and ends"):
        Phrases([".. rent"])


def test_words_drop_markup_accents_and_entities() -> None:
    assert words("<p>Caf&eacute; &amp; Comida</p>") == ["cafe", "and", "comida"]


def test_real_legal_aid_listings_are_all_tagged() -> None:
    source = DATA / "legal_aid" / "services.csv"
    if not source.exists():
        pytest.skip("../shared/data/legal_aid is not here")
    with source.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = [tag(row["name"], row["description"]) for row in rows]
    assert sum("legal-help" in needs for needs in found) >= 0.99 * len(rows)
    assert sum("housing-instability" in needs for needs in found) >= 10
