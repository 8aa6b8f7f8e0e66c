"""The frame, the components and the error pages: rendered by the real environment, without an application."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import TemplateNotFound
from jinja2_fragments import render_block

from core import i18n, templating
from tests.support.cast import Cast

TEMPLATES = sorted((templating.ROOT / "templates").rglob("*.html"))
ICONS = set(re.findall(r'<symbol id="(\w+)"', (templating.STATIC_DIR / "icons.svg").read_text()))
ERRORS: dict[int, dict[str, Any]] = {
    400: {},
    403: {},
    404: {},
    409: {"theirs": {"Hours": "9 to 5"}, "yours": {"Hours": "10 to 6"}},
    422: {"errors": {"name": "Give a name."}},
    429: {},
    500: {"incident": "abc123"},
}


class Page(HTMLParser):
    """What a page holds: its elements with their attributes, its text, and whether its tags close in order."""

    VOID = frozenset({"input", "meta", "link", "br", "img", "hr", "wbr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(autouse=True)
def _request(monkeypatch):
    settings = SimpleNamespace(secret_key="s" * 40, secure=False, demo=True, tiles_url="")
    request: Any = SimpleNamespace(
        app=SimpleNamespace(state=SimpleNamespace(settings=settings)),
        cookies={"handrail-session": "x" * 30},
        scope={"state": {"session_seconds": 1800}},
        headers={},
        url=SimpleNamespace(path="/clients", query="q=a&b"),
    )
    monkeypatch.setattr(templating, "url_static", lambda name: f"/static/{name}")
    token = templating.current_request.set(request)
    yield
    templating.current_request.reset(token)
    i18n.set_language("en")


def context(actor=None, **more):
    request = templating.current_request.get()
    return {
        "request": request,
        "actor": actor,
        "settings": request.app.state.settings,
        "current_path": request.url.path,
        "lang": "en",
        "zone": "UTC",
    } | more


def render(source: str, **more) -> Page:
    return Page(templating.environment().from_string(source).render(**context(**more)))


@pytest.mark.parametrize(
    "actor", [None, *(member.actor for member in Cast.members)], ids=lambda a: getattr(a, "role", "nobody")
)
def test_the_frame_marks_the_open_page_and_offers_a_way_out(actor):
    page = render('{% extends "base.html" %}{% block main %}here{% endblock %}', actor=actor)
    links = page.all("a")
    assert page.all("html")[0]["lang"] == "en"
    assert links[0]["href"] == "#main" and any(main["id"] == "main" for main in page.all("main"))
    assert any(element.get("role") == "status" for element in page.all("p"))
    if actor is None:
        assert any(
            link.get("data-leave", "").startswith("https://") and link["href"] == "/leave" for link in links
        )
        assert not page.all("form")
    else:
        marked = [link["href"] for link in links if link.get("aria-current") == "page"]
        assert marked == (["/clients"] if actor.can("client.read") else [])
        assert not any("data-leave" in link for link in links)
        assert "/sign-out" in [form.get("action") for form in page.all("form")]
        assert any(field["name"] == "_csrf" for field in page.all("input"))
        assert {"name": "session-seconds", "content": "1800"} in page.all("meta")
    switch = next(link["href"] for link in links if link.get("lang") == "es")
    assert switch == "/language?to=es&next=/clients%3Fq%3Da%26b"


@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize("actor", [None, Cast.nina.actor], ids=["nobody", "nina"])
def test_error_pages_render_for_anybody(status, actor):
    more = context(actor, title="It broke", detail="Here is why.", **ERRORS[status])
    page = Page(templating.environment().get_template(f"errors/{status}.html").render(**more))
    assert "It broke" in page.text and "Here is why." in page.text
    assert any(link["href"] in {"/", "/today"} for link in page.all("a"))


@pytest.mark.parametrize("status", ERRORS)
def test_errors_are_a_notice_where_htmx_asked(status):
    headers: Any = templating.current_request.get().headers
    headers["hx-request"] = "true"
    more = context(title="It broke", detail="Here is why.", **ERRORS[status])
    html = render_block(templating.environment(), f"errors/{status}.html", "error", **more)
    page = Page(html)
    assert "<html" not in html and "It broke" in page.text
    assert any(element.get("role") == "alert" and "data-focus" in element for element in page.all("div"))


def test_a_conflict_shows_both_texts():
    more = context(title="Stale", detail="", **ERRORS[409])
    page = Page(templating.environment().get_template("errors/409.html").render(**more))
    assert "9 to 5" in page.text and "10 to 6" in page.text
    assert any(button.get("data-copy") == "10 to 6" and "hidden" in button for button in page.all("button"))


FORM = """{% import "components/forms.html" as f with context %}{% call f.form("/clients") %}
{{ f.field("name", "Name", hint="As they like it") }}{{ f.date("born", "Born", value="1990-02-01") }}
{{ f.textarea("note", "Note") }}
{{ f.select("urgency", "Urgency", [("1", "Soon"), ("More", [("2", "Later")])], value="2") }}
{{ f.choices("way", "How", [("text", "Text", "no voice"), ("call", "Call")], value="call") }}
{{ f.choices("needs", "Needs", [("food", "Food"), ("ride", "A ride")], kind="checkbox") }}
{{ f.tick("agreed", "Agreed") }}{{ f.field("secret", "Password", type="password", value="never") }}
{{ f.submit("Save", back=("/clients", "Not now")) }}{% endcall %}"""


def test_a_form_begins_with_what_is_stored():
    page = render(FORM)
    fields = {field["id"]: field for field in page.all("input") if "id" in field}
    assert fields["born"]["value"] == "1990-02-01" and "value" not in fields["secret"]
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["2"]
    assert [field["value"] for field in page.all("input") if "checked" in field] == ["call"]
    assert not any("aria-invalid" in field for field in page.all("input"))
    labels = {label["for"] for label in page.all("label") if "for" in label}
    assert {"name", "born", "note", "urgency", "secret"} <= labels


def test_errors_stand_above_and_at_their_field_and_keep_what_was_typed():
    typed = {"name": '"><b>', "way": "text", "needs": ["food", "ride"], "agreed": "on", "urgency": "1"}
    page = render(
        FORM, typed=typed, errors={"name": "Give a name.", "way": "Choose one.", "form": "Both are wrong."}
    )
    fields = {field["id"]: field for field in page.all("input") if "id" in field}
    assert fields["name"]["value"] == '"><b>'
    assert fields["name"]["aria-invalid"] == "true"
    ids = {attributes.get("id") for _tag, attributes in page.elements}
    assert set(fields["name"]["aria-describedby"].split()) <= ids
    targets = [link["href"] for link in page.all("a") if link["href"].startswith("#")]
    assert targets == ["#name", "#way"] and {target[1:] for target in targets} <= ids
    checked = [field["value"] for field in page.all("input") if "checked" in field]
    assert checked == ["text", "food", "ride", "true"]
    summary = next(element for element in page.all("div") if element.get("class") == "errors")
    assert summary["role"] == "alert" and "data-focus" in summary
    assert "Both are wrong." in page.text


def test_the_track_says_where_a_need_stands():
    page = render(
        '{% import "components/rail.html" as rail with context %}'
        '{{ rail.track(3, true, {3: "declined"}) }}{{ rail.track(5) }}'
    )
    steps = [(item["class"], item.get("aria-current")) for item in page.all("li")]
    assert [name for name, _current in steps[:5]] == ["is-done", "is-done", "is-bad", "is-next", "is-next"]
    assert [name for name, _current in steps[5:]] == ["is-done"] * 5
    assert [current for _name, current in steps].count("step") == 2


def test_charts_carry_their_numbers_as_a_table_and_stand_nothing_to_show():
    source = """{% import "components/chart.html" as chart with context %}
    {{ chart.funnel("From need to help", steps) }}{{ chart.bars("Reasons", rows, "Referrals") }}"""
    page = render(source, steps=[("Sent", 4), ("Helped", 1)], rows=[("No room", 3), ("Far", 1)])
    assert len(page.all("table")) == 2 and "25 %" in page.text
    assert [float(bar["width"]) for bar in page.all("rect") if bar.get("height") == "10"] == [100, 33.3]
    render(source, steps=[("Sent", 0), ("Helped", 0)], rows=[])


@pytest.mark.parametrize(
    "path", TEMPLATES, ids=lambda path: str(path.relative_to(templating.ROOT / "templates"))
)
def test_templates_compile_and_hold_nothing_inline(path):
    name = str(path.relative_to(templating.ROOT / "templates"))
    source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
    try:
        templating.environment().get_template(name)
    except TemplateNotFound as missing:  # pragma: no cover - names the culprit
        pytest.fail(f"{name} extends or imports {missing}")
    assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=\s*[\"']|javascript:", source), (
        "the policy forbids inline code"
    )
    assert not re.search(r"<script(?![^>]*\s(?:src=|type=\"application/ld\+json\"))", source)
    assert "|safe" not in source and "autoescape false" not in source
    assert set(re.findall(r'ui\.icon\("(\w+)"', source)) <= ICONS
    assert set(re.findall(r'symbol="(\w+)"', source)) <= ICONS


def test_every_page_imports_its_macros_inside_its_blocks():
    """A block that htmx asks for is rendered alone: it sees no import from the top of the file."""
    for path in TEMPLATES:
        source = re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        if "{% extends" not in source:
            continue
        first_block = source.find("{% block")
        for match in re.finditer(r"\{%-? (?:import|from) ", source):
            assert match.start() > first_block >= 0, f"{path.name} imports outside of a block"


def test_the_stylesheet_reads_both_ways():
    css = re.sub(r"/\*.*?\*/", "", (templating.STATIC_DIR / "handrail.css").read_text(), flags=re.DOTALL)
    physical = re.findall(
        r"[{;\s]((?:margin|padding|border)-(?:left|right|top|bottom)[\w-]*|left|right|width|height)\s*:", css
    )
    assert not physical, f"not logical: {physical}"
    assert len(css.encode()) < 50_000
