"""The invented county as plain rows: complete, consistent, and nothing in it that is real."""

import re
from collections import Counter
from datetime import date, time
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest
import zipcodes

from directory.needs import NEEDS
from seeds.county import County, build, corrections, hours
from seeds.county.places import AREAS, MILES_PER_DEGREE, read_address

TODAY = date(2026, 11, 23)

#: Names of organizations that exist in nearly every county of the United States.
REAL = (
    "salvation army|goodwill|catholic charities|habitat for humanity|ymca|ywca|united way|red cross|meals on wheels|"
    "boys & girls|boys and girls|nami\\b|alcoholics anonymous|narcotics anonymous|al-anon|st\\.? vincent de paul|"
    "feeding america|planned parenthood|big brothers|easterseals|volunteers of america|job corps|americorps|"
    "legal services corporation|lutheran services|jewish family|findhelp|unite us|modest needs"
)


@pytest.fixture(scope="module")
def county() -> County:
    """The county as it stands on the Monday before Thanksgiving."""
    return build(TODAY)


def by_id(county: County, table: str) -> dict[UUID, dict[str, Any]]:
    """Rows of a table by id."""
    return {row["id"]: row for row in county.tables[table]}


def texts(county: County) -> list[str]:
    """Every text of every row."""
    return [
        value
        for rows in county.tables.values()
        for row in rows
        for value in row.values()
        if isinstance(value, str)
    ]


def test_every_field_is_well_served(county: County) -> None:
    assert len(county.tables["service"]) >= 350
    assert len(county.tables["organization"]) >= 100
    least = {
        "food": 40,
        "housing": 40,
        "transportation": 30,
        "vocational": 40,
        "mental-health": 50,
        "health": 20,
    }
    assert all(len(county.fields[name]) >= number for name, number in least.items())
    assert sum(map(len, county.fields.values())) == len(county.tables["service"])


def test_same_day_same_rows(county: County) -> None:
    assert build(TODAY).tables == county.tables


def test_ids_do_not_move_with_the_day(county: County) -> None:
    later = build(date(2027, 3, 3), seed=7)
    assert by_id(later, "service").keys() == by_id(county, "service").keys()
    assert by_id(later, "location").keys() == by_id(county, "location").keys()


def test_every_row_has_an_id_of_its_own(county: County) -> None:
    for table, rows in county.tables.items():
        assert len({row["id"] for row in rows}) == len(rows), table


def test_rows_point_at_rows(county: County) -> None:
    owners = {"link_id": "service", "resource_id": "service"}
    for table, rows in county.tables.items():
        for row in rows:
            for column, value in row.items():
                if isinstance(value, UUID) and column != "id":
                    target = owners.get(column, column.removesuffix("_id"))
                    assert value in by_id(county, target), (table, column)


def test_nothing_is_said_twice(county: County) -> None:
    for column in ("name", "description", "application_process"):
        said = Counter(row[column].lower() for row in county.tables["service"])
        assert [text for text, times in said.items() if times > 1 and len(text) > 45] == []
    assert max(Counter(row["name"] for row in county.tables["service"]).values()) == 1


def test_no_two_descriptions_are_cut_from_one_template(county: County) -> None:
    words = [
        frozenset(re.findall(r"[a-z']+", row["description"].lower())) for row in county.tables["service"]
    ]
    alike = [len(one & other) / len(one | other) for one, other in combinations(words, 2)]
    assert max(alike) < 0.5


def test_telephones_are_fictional(county: County) -> None:
    for row in county.tables["phone"]:
        assert re.fullmatch(r"\(698\) 555-01\d\d", row["number"])
    assert not [
        text for text in texts(county) if re.search(r"\b\d{3}[-. ]\d{4}\b", text.replace("555-01", "~"))
    ]


def test_addresses_on_the_web_are_fictional(county: County) -> None:
    for text in texts(county):
        for host in re.findall(r"(?:https?://|@)([\w.-]+)", text):
            assert host.endswith(".example"), text


def test_zip_codes_belong_to_nobody(county: County) -> None:
    for row in county.tables["address"]:
        assert 69801 <= int(row["postal_code"]) <= 69849
        assert zipcodes.matching(row["postal_code"]) == []


def test_no_real_organization_is_named(county: County) -> None:
    assert [text for text in texts(county) if re.search(REAL, text, re.IGNORECASE)] == []


def test_places_lie_in_their_town(county: County) -> None:
    addresses = {row["location_id"]: row for row in county.tables["address"]}
    for location in county.tables["location"]:
        area = AREAS[addresses[location["id"]]["postal_code"]]
        north = (location["latitude"] - area.latitude) * MILES_PER_DEGREE
        east = (location["longitude"] - area.longitude) * MILES_PER_DEGREE * 0.74
        assert (north**2 + east**2) ** 0.5 < 1.3


def test_some_places_are_confidential_and_some_services_have_none(county: County) -> None:
    assert sum(row["confidential"] for row in county.tables["location"]) >= 3
    placed = {row["service_id"] for row in county.tables["service_at_location"]}
    assert 15 <= len(county.tables["service"]) - len(placed) <= 50
    places = Counter(row["service_id"] for row in county.tables["service_at_location"])
    assert sum(number > 1 for number in places.values()) >= 20


def test_freshness_is_mixed(county: County) -> None:
    ages = [(TODAY - row["assured_date"]).days for row in county.tables["service"]]
    assert 0.66 < sum(age <= 90 for age in ages) / len(ages) < 0.74
    assert 0.15 < sum(90 < age <= 180 for age in ages) / len(ages) < 0.21
    assert 0.09 < sum(age > 180 for age in ages) / len(ages) < 0.15
    assert {row["capacity"] for row in county.tables["service"]} == {"room", "waiting", "full", None}


def test_languages_and_hours_are_mixed(county: County) -> None:
    assert {row["code"] for row in county.tables["language"]} == {"en", "es", "ar", "so", "vi", "uk", "ase"}
    schedules = county.tables["schedule"]
    assert {row.get("freq") for row in schedules} == {"WEEKLY", "MONTHLY", None}
    assert sum(row.get("freq") == "MONTHLY" for row in schedules) >= 30
    assert any(row["closes_at"] and row["closes_at"] < row["opens_at"] for row in schedules)
    timed = {row["id"] for row in county.tables["service"]} - {row.get("service_id") for row in schedules}
    at = {row["id"]: row["service_id"] for row in county.tables["service_at_location"]}
    assert timed <= {
        at[row["service_at_location_id"]] for row in schedules if "service_at_location_id" in row
    }


def test_thanksgiving_is_told(county: County) -> None:
    kitchen = county.service("Harlow Street Kitchen")["id"]
    day = date(2026, 11, 26)
    (row,) = [
        row
        for row in county.tables["schedule"]
        if row.get("service_id") == kitchen and row["valid_from"] == day
    ]
    assert (row["opens_at"], row["closes_at"]) == (time(12), time(16))
    closed = [
        row for row in county.tables["schedule"] if row["valid_from"] == day and row["opens_at"] is None
    ]
    assert len(closed) > 80
    assert {row["description"] for row in closed} == {"Closed for Thanksgiving"}


def test_corrections_name_needs_and_services(county: County) -> None:
    names = {row["name"] for row in county.tables["service"]}
    assert names >= corrections.BY_NAME.keys() | corrections.DENIED.keys()
    assert {need for _, need, _ in county.corrections} <= NEEDS.keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Wed 9-17", [("WEEKLY", "MO,TU,WE", time(9), time(17))]),
        ("daily 18-8", [("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", time(18), time(8))]),
        ("1st,3rd Sat 9:30-12", [("MONTHLY", "1SA,3SA", time(9, 30), time(12))]),
        ("last Sun 12-15", [("MONTHLY", "-1SU", time(12), time(15))]),
        ("Tue 9-12,13-17", [("WEEKLY", "TU", time(9), time(12)), ("WEEKLY", "TU", time(13), time(17))]),
        ("24/7", [("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", time(0), time(23, 59))]),
    ],
)
def test_hours_are_read(text: str, expected: list[tuple[object, ...]]) -> None:
    columns = [clause.columns() for clause in hours.read(text)]
    found = [(row["freq"], row["byday"], row["opens_at"], row["closes_at"]) for row in columns]
    assert found == expected


def test_hours_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        hours.read("Mondays nine to five")


def test_a_clause_knows_its_days() -> None:
    (clause,) = hours.read("last Tue 9-10")
    assert [day for day in range(1, 31) if clause.on(date(2026, 11, day))] == [24]


def test_seasons_come_round() -> None:
    winter = "11-01..03-31"
    assert hours.season_around(winter, date(2026, 2, 1)) == (date(2025, 11, 1), date(2026, 3, 31))
    assert hours.season_around(winter, date(2026, 6, 1)) == (date(2026, 11, 1), date(2027, 3, 31))


def test_an_address_of_another_county_is_refused() -> None:
    with pytest.raises(ValueError, match="not an address"):
        read_address("1 Main Street, Harlow 69812")
