"""Codes of foreign taxonomies become needs, and say more than words."""

import re
import xml.etree.ElementTree as Tree
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import Database
from directory.importing import ImportOptions, import_directory
from directory.models import Attribute, Service, Taxonomy, TaxonomyTerm
from directory.needs import NEEDS
from search.documents import documents
from search.models import ServiceNeed
from search.needs import Evidence, Term, tag
from search.needs.taxonomies import read_term
from tests.search.listings import FALLS, id_of, listing
from tests.support.tools import shared_data

ELIGIBILITY = "Open Eligibility 2.0"


def needs(*terms: Term, name: str = "Alder Point", description: str = "") -> set[str]:
    return set(tag(name, description, terms))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BD-1800.2000", {"food-insecurity"}),
        ("BD-5000.3500", {"food-insecurity"}),
        ("BH-1800.8500", {"homelessness"}),
        ("BH-1800.1500-100", {"homelessness", "intimate-partner-violence"}),
        ("BH-3800.7000", {"housing-instability"}),
        ("BH-3000.3550", {"inadequate-housing"}),
        ("bt-4500.6500-800", {"transportation-insecurity"}),
        ("BV-8900.9300-180", {"utility-insecurity"}),
        ("ND-3500.3600", {"employment-status"}),
        ("HH-0500.2500", {"educational-attainment"}),
        ("NL-6000.2000", {"food-insecurity"}),
        ("NL-1000.2500", {"financial-insecurity"}),
        ("FT-4500", {"legal-help", "housing-instability"}),
        ("RP-1400.2500", {"stress"}),
        ("YF-3000", set()),
    ],
)
def test_codes_of_211_are_known_by_their_shape(code: str, expected: set[str]) -> None:
    assert needs(Term("Whatever it is called", code)) == expected


def test_it_works() -> None:
    found = tag(
        "Alder Point", "", [Term("Food Pantries", "BD-1800.2000"), Term("Bus Passes", "1173", ELIGIBILITY)]
    )
    assert found == {
        "food-insecurity": [Evidence("taxonomy", "Food Pantries", "211", "BD-1800.2000")],
        "transportation-insecurity": [Evidence("taxonomy", "Bus Passes", "Open Eligibility", "1173")],
    }


def test_codes_of_open_eligibility_inherit_what_stands_above() -> None:
    assert needs(Term("", "1130", ELIGIBILITY)) == {"food-insecurity"}
    assert needs(Term("", "1148", "https://openeligibility.org")) == {"housing-instability"}
    assert needs(Term("", "1141", "openeligibility")) == {
        "inadequate-housing"
    }  # not what "Help Pay for Housing" is
    assert needs(Term("Homeless", "20058", ELIGIBILITY)) == set()  # for whom, not what


def test_a_code_alone_is_not_taken_for_that_of_a_taxonomy_nobody_names() -> None:
    assert read_term(Term("Room 1130", "1130")) is None
    assert read_term(Term("K30", "K30")) is None
    assert read_term(Term("Food", "BD")) is None
    assert needs(Term("Food service", "K30", "NTEE core codes")) == {"food-insecurity"}
    assert needs(Term("Food", "BD", "AIRS")) == {"food-insecurity"}


def test_a_code_may_stand_in_the_name() -> None:
    assert needs(Term("Local Bus Services (BT-4500.4700)")) == {"transportation-insecurity"}
    assert needs(Term("BH-1800.8500 * Homeless Shelter", "homeless shelter", "Categories")) == {
        "homelessness"
    }


def test_a_code_outside_the_table_leaves_it_to_the_words() -> None:
    assert needs(Term("Food shelves", "ZZ-1000")) == {"food-insecurity"}


def test_codes_outrank_words_and_words_fill_in() -> None:
    shelter = Term("Homeless Shelter", "BH-1800.8500")
    passing = "For single adults. Breakfast for guests. Rent assistance may be known to the staff."
    assert needs(shelter, description=passing) == {"homelessness"}
    assert "housing-instability" in needs(description=passing)
    assert needs(shelter, name="Alder Job Center") == {"homelessness"}
    assert needs(shelter, name="Alder Shelter and Job Training") == {"homelessness", "employment-status"}
    denied = needs(shelter, description="We do not offer emergency shelter.")
    assert denied == {"homelessness"}


def test_evidence_of_codes_stands_first() -> None:
    found = tag("Food pantry", "Groceries.", [Term("Food Pantries", "BD-1800.2000")])
    assert [one.field for one in found["food-insecurity"]] == ["taxonomy", "name", "description"]


def test_every_service_of_open_eligibility_is_in_the_table() -> None:
    path = shared_data("taxonomy") / "open_eligibility.xml"
    text = path.read_text("utf-8").replace('<?xml version="2.0"', '<?xml version="1.0"', 1)
    services = Tree.fromstring(text).find("services")
    assert services is not None
    terms = [
        (one.get("id", ""), one.get("title", ""))
        for one in services.iter()
        if re.fullmatch(r"\w+_level", one.tag)
    ]
    assert len(terms) > 250
    assert [code for code, _ in terms if read_term(Term("", code, ELIGIBILITY)) is None] == []
    # The words of a term, read as a name, mostly lead where its code does.
    agreed: Counter[bool] = Counter()
    for code, title in terms:
        known = read_term(Term(title, code, ELIGIBILITY))
        if known is not None and known.needs:
            agreed[bool(set(known.needs) & set(tag("", "", [title])))] += 1
    assert agreed[True] >= 0.8 * agreed.total()


async def test_ids_of_terms_in_old_packages_are_their_codes(database: Database, tmp_path: Path) -> None:
    files = {
        "organizations": "id,name,description\n1,Alder Point,Help",
        "services": "id,organization_id,name,description,status\n1,1,Alder Point,Call for details.,active",
        "taxonomy": "id,name,parent_id,vocabulary\nBT-4500.4700,Lines,BT-4500,AIRS\n1173,Passes,1172,Open Eligibility",
        "services_taxonomy": "id,service_id,taxonomy_id,taxonomy_detail\n1,1,BT-4500.4700,\n2,1,1173,",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    await import_directory(database, tmp_path, ImportOptions(source="old"))
    found = [one async for one in documents(database)]
    assert found[0].needs == ("transportation-insecurity", "transportation")
    async with database.transaction(write=False) as db:
        row = (await db.scalars(select(ServiceNeed))).one()
    assert {one["code"] for one in row.evidence} == {"BT-4500.4700", "1173"}


async def test_terms_of_imported_listings_are_read_with_their_codes(database: Database) -> None:
    async with database.transaction() as db:
        id_ = await listing(db, "Alder Point", FALLS, description="Call for details.")
        taxonomy = Taxonomy(name="Open Eligibility", uri="https://openeligibility.org")
        db.add(taxonomy)
        await db.flush()
        terms = {
            "category": TaxonomyTerm(code="1173", name="Passes", taxonomy_id=taxonomy.id),
            "eligibility": TaxonomyTerm(code="1130", name="Food Pantry", taxonomy_id=taxonomy.id),
            "taxonomy": TaxonomyTerm(code="ND-3500.3600", name="Search"),
        }
        db.add_all(terms.values())
        await db.flush()
        for kind, term in terms.items():
            db.add(Attribute(link_id=id_, link_entity="service", link_type=kind, taxonomy_term_id=term.id))
        db.add(Attribute(link_id=id_, link_entity="service", link_type="taxonomy", value="BD-1800.2000"))
    found = [one async for one in documents(database)]
    assert {"transportation-insecurity", "employment-status", "food-insecurity"} < set(found[0].needs)
    assert found[0].service_id == str(id_of("Alder Point"))
    async with database.transaction(write=False) as db:
        rows = await db.scalars(
            select(ServiceNeed).join(Service, Service.id == ServiceNeed.service_id).order_by(ServiceNeed.need)
        )
        evidence = {row.need: row.evidence for row in rows}
    assert evidence["transportation-insecurity"] == [
        {"field": "taxonomy", "words": "Passes", "taxonomy": "Open Eligibility", "code": "1173"}
    ]
    assert evidence["food-insecurity"][0]["code"] == "BD-1800.2000"
    assert evidence.keys() <= NEEDS.keys()
