"""The map where an installation has tiles: Leaflet in place of the sketch, in step with the list; not for staff."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route, expect

from tests.support.browser import accessibility_problems, sign_in, window
from tests.support.server import Server, free_port

RESULTS = "/search?q=food&near=69812"
#: A picture, as a tile server would send it.
TILE = b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>'


@pytest.fixture(scope="module")
def tiled(demo: Server) -> Iterator[Server]:
    """The demo served once more, with tiles."""
    port = free_port()
    server = Server(
        demo.data_dir, {"HANDRAIL_TILES_URL": f"http://127.0.0.1:{port}/tiles/{{z}}/{{x}}/{{y}}.png"}, port
    )
    server.start(seconds=120)
    yield server
    server.stop()


async def test_the_map_has_the_pins_of_the_list_and_marks_them(browser: Browser, tiled: Server):
    async with window(browser, tiled.url) as page:
        asked: list[str] = []

        async def tile(route: Route) -> None:
            asked.append(urlsplit(route.request.url).path)
            await route.fulfill(body=TILE, content_type="image/svg+xml")

        await page.context.route("**/tiles/**", tile)
        await page.goto(RESULTS)
        markers = page.locator(".map .leaflet-marker-icon")
        cards = page.locator(".result")
        await expect(markers).to_have_count(await cards.count())
        await expect(page.locator(".map svg[role=group]")).to_be_hidden()
        pin = page.locator('.map [data-pin="r3"]')
        await page.locator("#r3 h2 a").focus()
        await expect(pin).to_have_class(re.compile("is-marked"))
        await pin.focus()
        await expect(page.locator("#r3")).to_have_class(re.compile("is-marked"))
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("#r3$"))
        assert await accessibility_problems(page) == []
        await page.locator("#wish-free").click()
        await page.wait_for_url("**free=1**")
        await expect(markers).to_have_count(await cards.count())
        assert asked and all(re.fullmatch(r"/tiles/\d+/\d+/\d+\.png", path) for path in asked)


async def test_staff_see_the_sketch_so_that_no_tile_server_learns_where_a_client_lives(
    browser: Browser, tiled: Server
):
    async with window(browser, tiled.url) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if "/tiles/" in request.url else None)
        await sign_in(page, "navigator@demo.example")
        await page.goto(RESULTS)
        await expect(page.locator(".map svg[role=group]")).to_be_visible()
        assert asked == []
