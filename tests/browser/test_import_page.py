"""A table of fifty services is imported by keyboard, without a script, its mistakes explained and put right."""

import csv
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.test_by_other_means import enter, tab_to
from tests.support.browser import accessibility_problems, overflow, sign_in, window
from tests.support.server import Server

PROVIDER = "provider@demo.example"
HEADER = [
    "Program",
    "What we offer",
    "Street address",
    "City",
    "Zip",
    "Phone #",
    "Hours",
    "Notes for volunteers",
]


def fifty(path: Path) -> Path:
    """Write a table of fifty invented services, three of which have a mistake."""
    rows = [
        [
            f"Table mender {number}",
            "Somebody mends what is broken, while you wait.",
            f"{number} Copper Lane",
            "Harlow",
            "69812",
            f"(698) 555-01{number:02}",
            "Mon-Fri 9am-5pm",
            f"box {number}",
        ]
        for number in range(1, 51)
    ]
    rows[6][0], rows[20][5], rows[33][6] = "", "ask at the desk", "when the lamp is lit"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([HEADER, *rows])
    return path


async def ready(page: Page) -> int:
    """Ask how far it is until it is done, as one does without a script; return how often."""
    asked = 0
    while await page.locator("progress").count():
        await enter(page, page.get_by_role("link", name="How far is it now?"))
        asked += 1
    return asked


async def retype(page: Page, name: str, text: str) -> None:
    """Go to a field by Tab, which marks what stands there, and write something else."""
    await tab_to(page, page.locator(f"[name={name}]"), most=100)
    await page.keyboard.type(text)


async def test_fifty_rows_by_keyboard_without_a_script(
    browser: Browser, demo: Server, tmp_path: Path
) -> None:
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await sign_in(page, PROVIDER)
        main, steps = page.locator("main"), 0
        await page.goto("/listings")
        await enter(page, main.get_by_role("link", name="Import a table"))
        # The window in which a file is chosen belongs to the browser.
        await main.get_by_label("Your table").set_input_files(fifty(tmp_path / "menders.csv"))
        await enter(page, main.get_by_role("button", name="Look at it"))
        steps += 3

        await expect(main).to_contain_text("Which column holds what")
        await expect(main).to_contain_text("box 1")
        await enter(page, main.get_by_role("button", name="Try it out"))
        steps += 1 + await ready(page)

        for told in ("no name", "ask at the desk", "hours not certain"):
            await expect(main).to_contain_text(told)
        await enter(page, main.get_by_role("link", name="Put 3 rows right"))
        await retype(page, "cell-8-0", "Table mender 7")
        await retype(page, "cell-22-5", "(698) 555-0121")
        await retype(page, "cell-35-6", "Mon-Fri 9am-5pm")
        await enter(page, main.get_by_role("button", name="Save and try it out"))
        steps += 5 + await ready(page)

        await expect(main).not_to_contain_text("Look at these rows")
        await enter(page, main.get_by_role("button", name="Import"))
        steps += 1 + await ready(page)
        await expect(main).to_contain_text("The table is imported.")
        await expect(main.get_by_role("link", name="Table mender")).to_have_count(50)
        assert steps <= 12


async def test_every_step_reads_well_on_a_phone(phone: Page, tmp_path: Path) -> None:
    problems: dict[str, list[str]] = {}
    main = phone.locator("main")

    async def look(step: str) -> None:
        found = await accessibility_problems(phone)
        if (too_wide := await overflow(phone)) > 0:
            found.append(f"{too_wide} px too wide")
        problems[step] = found

    await sign_in(phone, PROVIDER)
    await phone.goto("/listings/import")
    await main.get_by_role("button", name="Look at it").click()
    await expect(phone.locator(".errors")).to_be_focused()
    await look("no file")
    await main.get_by_label("Your table").set_input_files(fifty(tmp_path / "menders.csv"))
    await main.get_by_role("button", name="Look at it").click()
    await expect(main.get_by_role("heading", level=1)).to_have_text("Which column holds what")
    await look("columns")
    await main.get_by_label("Name of the service", exact=True).select_option(label="In no column")
    await main.get_by_role("button", name="Try it out").click()
    await expect(phone.locator(".errors")).to_be_focused()
    await look("no name")
    await main.get_by_label("Name of the service", exact=True).select_option(label="Program")
    await main.get_by_role("button", name="Try it out").click()
    await expect(main).to_contain_text("What would change")
    await look("preview")
    await main.get_by_role("link", name="Put 3 rows right").click()
    await expect(main.get_by_label("Name of the service")).to_have_count(3)
    await look("rows")
    await phone.go_back()
    await main.get_by_role("button", name="Import").click()
    await expect(main).to_contain_text("The table is imported.")
    await look("done")
    await phone.goto("/listings/import")
    await look("under way")
    assert {step: found for step, found in problems.items() if found} == {}


async def test_the_page_says_how_far_it_is_and_goes_on_by_itself(page: Page, tmp_path: Path) -> None:
    path = fifty(tmp_path / "many.csv")
    lines = path.read_text().splitlines()
    path.write_text(
        "\n".join([lines[0], *(f"{number} {line}" for number in range(80) for line in lines[1:])])
    )
    main = page.locator("main")
    await sign_in(page, PROVIDER)
    await page.goto("/listings/import")
    await main.get_by_label("Your table").set_input_files(path)
    await main.get_by_role("button", name="Look at it").click()
    await main.get_by_role("button", name="Try it out").click()
    await expect(main).to_contain_text("It is being tried out")
    assert await accessibility_problems(page) == []
    await expect(main).to_contain_text("What would change", timeout=60_000)
    await expect(page.locator("#status")).to_have_text("It is tried out.")
    await main.get_by_role("button", name="Throw away").click()
    await expect(main).to_contain_text("The table is thrown away.")
