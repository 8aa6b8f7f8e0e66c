"""The pages where people look for help, without a browser: what they say and where they lead."""

import re
from html import unescape

from search.forms import SearchForm
from search.state import Search
from tests.search.listings import id_of
from tests.support.cast import Cast
from tests.support.http import Http, sign_in

HTMX = {"hx-request": "true"}


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


async def page(http: Http, path: str, **headers: str) -> str:
    answer = await http.get(path, headers=headers)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


async def test_it_works(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=pantry&near=69812")
    said = text_of(html)
    assert "2 places for pantry" in said
    assert "within 10 miles of the centre of 69812" in said
    assert "Open 24 hours" in said
    assert "Free" in said
    assert "English, Spanish" in said
    assert "(698) 555-0142" in said
    assert "Ask about photo ID" in said
    assert "Food today" in said
    assert f'href="/services/{id_of("Millrace Community Pantry")}?location=' in html


async def test_home_offers_needs_that_find_something(http: Http, search: Search) -> None:
    html = await page(http, "/")
    tiles = re.findall(r'class="tile" href="([^"]+)"', html)
    assert len(tiles) == 8
    for path in tiles:
        await page(http, unescape(path))
    assert "Quarry Point Food Shelf" in text_of(await page(http, "/search?need=food"))


async def test_ticking_what_is_true_today_asks_for_needs(http: Http, search: Search) -> None:
    said = text_of(await page(http, "/search?need=homelessness&need=safety"))
    assert "Lantern House" in said


async def test_htmx_gets_the_results_alone(http: Http, search: Search) -> None:
    block = await page(http, "/search?q=pantry&near=69812&age=&radius=10", **HTMX)
    assert block.lstrip().startswith('<div class="wrap" id="found"')
    assert "<html" not in block
    answer = await http.get("/search?q=pantry&near=69812&age=&radius=", headers=HTMX)
    assert answer.headers["hx-push-url"] == "/search?q=pantry&near=69812"


async def test_chips_lead_to_the_search_without_a_wish(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=pantry&language=es&free=1")
    chips = [unescape(href) for href in re.findall(r'class="chip chip--on"[^>]* href="([^"]+)"', html)]
    assert chips == ["/search?q=pantry&free=1", "/search?q=pantry&language=es"]


async def test_nothing_found_shows_ways_on_with_counts(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=pantry&near=69812&language=so&open_now=1")
    said = text_of(html)
    assert "Nothing fits all of this yet" in said
    assert "Any language 1" in said
    assert "Call 2-1-1" in said
    for href in re.findall(r'class="chip" href="([^"]+)"', html):
        await page(http, unescape(href))


async def test_every_way_on_finds_as_many_as_it_says(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=pantry&near=69849&radius=1&language=es")
    ways = re.findall(r'class="chip" href="([^"]+)"[^>]*>[^<]*<b>(\d+)</b>', html)
    assert ways
    for href, number in ways:
        found = (await http.get(unescape(href).replace("/search", "/api/search", 1))).json()
        assert found["total"] == int(number), href


async def test_misunderstood_place_keeps_what_was_typed(http: Http, search: Search) -> None:
    answer = await http.get("/search?q=pantry&near=zzz")
    assert answer.status_code == 400
    assert "We do not know that place" in answer.text
    assert 'value="zzz"' in answer.text
    assert 'value="pantry"' in answer.text


async def test_namesakes_are_links(http: Http, search: Search) -> None:
    answer = await http.get("/search?q=pantry&near=Springfield")
    assert "/search?q=pantry&amp;near=Springfield%2C+IL" in answer.text


async def test_words_of_others_are_escaped(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E&near=69812")
    assert "<script>alert" not in html


async def test_only_who_may_refer_sees_the_way_to_it(http: Http, search: Search) -> None:
    link = f"/referrals/new?service={id_of('Second Shelf Market')}"
    assert link not in unescape(await page(http, "/search?q=second+shelf"))
    await sign_in(http, Cast.omar)
    assert link not in unescape(await page(http, "/search?q=second+shelf"))
    http.cookies.clear()
    await sign_in(http, Cast.nina)
    assert link in unescape(await page(http, "/search?q=second+shelf"))


async def test_confidential_place_is_on_no_page(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=shelter&near=69812")
    assert "Lantern House" in html
    assert "Harlow" not in html
    assert "Mill Lane" not in html


async def test_map_says_the_same_in_words(http: Http, search: Search) -> None:
    html = unescape(await page(http, "/search?q=pantry&near=69812"))
    assert re.search(r"place 1 is \d+\.\d mi ", html)
    assert 'href="#r1"' in html
    assert 'id="r1"' in html


async def test_search_is_in_spanish_when_asked(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=comida&near=69812", **{"accept-language": "es"})
    assert '<html lang="es"' in html
    assert "Millrace Community Pantry" in text_of(html)


def test_address_is_the_same_for_the_same_wishes() -> None:
    form = SearchForm(q="food", near="69812", need=("food",), open_now=True, page=3)
    assert form.address() == "/search?q=food&near=69812&need=food&open_now=1"
    assert form.address(open_now=False, page=2) == "/search?q=food&near=69812&need=food&page=2"
    assert SearchForm().address() == "/search"


async def test_texts_of_a_listing_carry_their_language_where_the_page_has_another(
    http: Http, search: Search
) -> None:
    html = await page(http, "/search?q=pantry&near=69812", **{"accept-language": "es"})
    assert re.search(r'<p lang="en">[^<]*', html)
    assert ' lang="en"' not in (await page(http, "/search?q=pantry&near=69812")).partition("<main")[2]


async def test_who_serves_a_place_from_afar_says_so(http: Http, search: Search) -> None:
    said = text_of(await page(http, "/search?q=lantern+house&near=69812"))
    assert "Serves Alder County" in said
    assert "Harlow" not in said


async def test_few_results_say_what_finds_more(http: Http, search: Search) -> None:
    html = await page(http, "/search?q=pantry&near=69812&free=1&language=es")
    said = text_of(html)
    assert "These find more" in said and "Call 2-1-1" in said
    for href, number in re.findall(r'class="chip" href="([^"]+)"[^>]*>[^<]*<b>(\d+)</b>', html):
        found = (await http.get(unescape(href).replace("/search", "/api/search", 1))).json()
        assert found["total"] == int(number) > 1, href


async def test_nothing_is_a_dead_end(http: Http, search: Search) -> None:
    """However many wishes stand in the way, and whatever was typed, some way on finds something."""
    for path in (
        "/search?q=zzzqqq",
        "/search?q=zzzqqq&near=69812&free=1",
        "/search?q=pantri&language=so&free=1&accessible=1&age=3&near=69849&radius=1",
        "/search?need=legal-help&near=10001&radius=1&open_now=1",
    ):
        html = await page(http, path)
        ways = re.findall(r'class="chip" href="([^"]+)"[^>]*>[^<]*<b>(\d+)</b>', html)
        assert ways and all(int(number) > 0 for _href, number in ways), path
