"""Nothing is left undescribed: settings, commands, operations of the API, variables, strategies and methods have their place,
and the site is built from them without a broken link and without a word to another host."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.core import variables
from scripts import build_docs
from scripts.documentation import (
    api_page,
    commands_page,
    events_in_code,
    import_diagram,
    settings_page,
    undocumented,
)
from tests.running_stack import clean_environment

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 100_000


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "scripts.build_docs", str(folder)],
        cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    # A page that has a broken link or can't be read is named there.
    assert done.returncode == 0, done.stderr
    return folder


class Asked(HTMLParser):
    """What a browser fetches for a page, links that people follow aside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(told.get("src") or "")
        elif tag == "link" and told.get("rel") not in ("canonical", "search", "index", "next", "prev"):
            self.addresses.append(told.get("href") or "")


def test_the_site_is_whole_and_asks_no_other_host(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 80
    elsewhere = [
        f"{page.name}: {address}"
        for page in pages
        for address in Asked(page.read_text(encoding="utf-8")).addresses
        if re.match(r"(?:https?:)?//", address)
    ]
    assert elsewhere == []
    assert (site / "_images" / "imports.svg").exists()
    settings = (site / "reference" / "settings.html").read_text(encoding="utf-8")
    assert "whole number, 1 to 100" in settings, "how TRACES_PERCENT is read"


def test_nothing_is_undocumented():
    assert undocumented.undocumented() == []


@pytest.mark.parametrize(
    ("checked", "least"),
    [
        (lambda: settings_page.described((ROOT / ".env.example").read_text(encoding="utf-8")), 80),
        (commands_page.our_commands, 10),
        (lambda: api_page.operations(api_page.schema()), 30),
        (lambda: variables.VARIABLES, 20),
        (events_in_code.written, 50),
        (settings_page.names_read, 80),
    ],
)
def test_the_check_looks_at_many_things(checked, least):
    assert len(list(checked())) > least


def test_what_has_no_words_is_named_and_stops_the_build(monkeypatch, capsys, tmp_path):
    """A setting, an event, a command and a method that no page tells of, each taken away from its page."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    without = re.sub(r"(?m)^(SENTRY_DSN|DRAIN_SECONDS)=.*\n", "", example) + "\nNEVER_READ=1\n"
    (tmp_path / ".env.example").write_text(without)
    monkeypatch.setattr(undocumented, "ROOT", tmp_path)
    found = list(undocumented.settings())
    for name in ("SENTRY_DSN", "DRAIN_SECONDS"):
        assert f"setting {name}: not in .env.example" in found
    assert "setting NEVER_READ: in .env.example, and nothing reads it" in found
    monkeypatch.undo()

    page = events_in_code.documented()
    del page["session.deleted"]
    monkeypatch.setattr(events_in_code, "documented", lambda: page | {"session.dreamt": set()})
    assert list(undocumented.events()) == [
        "event session.deleted: not in events.md",
        "event session.dreamt: no code writes it",
    ]
    assert not build_docs.told()
    assert "not documented: event session.deleted" in capsys.readouterr().err
    monkeypatch.undo()

    shown = commands_page.page().replace("## manage.py doctor\n", "## manage.py nurse\n")
    monkeypatch.setattr(commands_page, "page", lambda: shown)
    assert list(undocumented.commands()) == ["command doctor: no help"]
    monkeypatch.setattr(undocumented, "NO_METHOD", undocumented.NO_METHOD - {"match_report"})
    assert "method analysis/core/match_report.py: named by no page of docs/methods" in list(
        undocumented.methods()
    )


def test_the_page_of_settings_says_how_each_is_read():
    page = settings_page.page()
    assert [line for line in page.splitlines() if re.match(r"\| `\w+` \|[^|]*\|\s*\|", line)] == []
    for words in ("by docker/start, 20 if not set", "whole number, 5 to 600", "whole number, 0 to 36,500"):
        assert words in page


def test_the_diagram_shows_every_import_between_packages():
    packages, drawn = import_diagram.layers(), import_diagram.drawing()
    pairs = import_diagram.imports(packages)
    assert drawn.count('<path d="M240') == len(pairs) > 8
    order = {name: number for number, name in enumerate(packages)}
    assert [pair for pair in pairs if order[pair[0]] > order[pair[1]]] == []


def test_pictures_are_small_and_every_one_is_used():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    text += (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "docs" / "images").iterdir():
        assert path.stat().st_size <= MOST_BYTES, path.name
        assert f"images/{path.name}" in text, path.name
