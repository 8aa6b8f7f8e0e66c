"""A person at a browser: what they do is done by what is written on the page, and counted.

One interaction is a click, a tap, a key that sends a form, or one field filled in.
"""

import re

from playwright.async_api import Locator, Page, expect


def saying(words: str) -> re.Pattern[str]:
    """Return what matches a name that begins with these words, however its blanks are written."""
    return re.compile(r"^\s*" + r"\s+".join(map(re.escape, words.split())))


class Hands:
    """The hands of somebody at `page`; `count` is how often they did something since `begin()`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def begin(self) -> None:
        """Count from here."""
        self.count = 0

    async def click(self, target: Locator) -> None:
        """Click something that leads to another page, and wait until that is there."""
        self.count += 1
        async with self.page.expect_navigation():
            await target.click()

    async def follow(self, words: str, within: Locator | None = None) -> None:
        """Follow the first link whose name begins with these words."""
        place = within or self.page.locator("body")
        await self.click(place.get_by_role("link", name=saying(words)).first)

    async def press(self, words: str, within: Locator | None = None) -> None:
        """Press the first button whose name begins with these words, and wait for the page it leads to."""
        place = within or self.page.locator("main")
        await self.click(place.get_by_role("button", name=saying(words)).first)

    async def open(self, words: str) -> None:
        """Open a fold of the page, unless it is open."""
        fold = self.page.locator(
            "main details", has=self.page.locator("summary", has_text=saying(words))
        ).first
        if await fold.get_attribute("open") is None:
            self.count += 1
            await fold.locator("summary").first.click()

    async def fill(self, label: str, text: str, within: Locator | None = None) -> None:
        """Fill in a field."""
        self.count += 1
        await (within or self.page.locator("main")).get_by_label(saying(label)).first.fill(text)

    async def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.count += 1
        await self.page.get_by_label(saying(label)).first.select_option(label=option)

    async def tick(self, label: str, within: Locator | None = None) -> None:
        """Tick a box, or choose a radio button."""
        self.count += 1
        box = (within or self.page.locator("main")).get_by_label(saying(label)).first
        await box.check()
        await expect(box).to_be_checked()

    async def untick(self, label: str) -> None:
        """Take a tick away."""
        self.count += 1
        await self.page.get_by_label(saying(label)).first.uncheck()
