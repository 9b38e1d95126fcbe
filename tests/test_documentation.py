"""Nothing is left undescribed: settings, commands, operations of the API, variables, strategies and methods have their place,
and the site is built from them without a broken link and without a word to another host."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.core import variables
from itn.core.settings import STRATEGIES
from scripts.documentation import api_page, commands_page, import_diagram, settings_page, variables_page
from tests.running_stack import clean_environment

ROOT = Path(__file__).resolve().parent.parent
METHODS = ROOT / "docs" / "methods"
MOST_BYTES = 100_000
# Modules of the cores that are no method: reading, words, shapes of data.
NO_METHOD = {
    "dataset",
    "errors",
    "result",
    "gaps",
    "places",
    "profile",
    "match_report",
    "raster_kinds",
    "doubtful",
    "duplicates",
}


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


def test_every_setting_is_described_in_words():
    found = settings_page.described((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert len(found) > 50
    assert [one.name for one in found if len(one.words) < 10] == []
    read = settings_page.read_as((ROOT / "chatmrpt" / "settings.py").read_text(encoding="utf-8"))
    assert set(read) - {one.name for one in found} == set()


def test_every_command_and_every_argument_says_what_it_does():
    page = commands_page.page()
    names = commands_page.our_commands()
    assert {"analyse", "doctor", "check_isolation", "migrate"} <= set(names)
    for name in names:
        section = page.partition(f"## manage.py {name}\n")[2].partition("\n## ")[0]
        words = section.strip().partition("\n")[0]
        assert len(words) > 20, f"{name} has no help"
        assert [line for line in section.splitlines() if re.fullmatch(r"\| `[^`]+` \|\s*\|", line)] == [], (
            name
        )


def test_every_operation_of_the_api_is_on_its_page():
    described, page = api_page.schema(), api_page.page()
    found = api_page.operations(described)
    assert len(found) > 30
    for path, method, operation in found:
        section = page.partition(f"## {path}\n")[2].partition("\n## ")[0]
        assert f"**{method.upper()}** – " in section
        assert operation["responses"], f"{method} {path} says no answer"


def test_every_variable_and_strategy_stands_on_its_method_page():
    page = variables_page.page()
    assert len(variables.VARIABLES) > 20
    for one in variables.VARIABLES:
        assert f"| `{one.id}` | {one.label} | {one.unit} |" in page
        assert variables_page.DIRECTIONS[one.direction] in page
    allocation = (METHODS / "net-allocation.md").read_text(encoding="utf-8")
    howto = (ROOT / "docs" / "howto" / "plan-nets.md").read_text(encoding="utf-8")
    assert [name for name in STRATEGIES if name not in allocation] == []
    assert [name for name in STRATEGIES if f"`{name}`" not in howto] == []


def test_every_module_of_a_core_that_holds_a_method_is_named_by_a_page():
    index = (METHODS / "README.md").read_text(encoding="utf-8")
    cores = [*(ROOT / "analysis" / "core").rglob("*.py"), *(ROOT / "itn" / "core").glob("*.py")]
    pages = "\n".join(path.read_text(encoding="utf-8") for path in METHODS.glob("*.md"))
    unnamed = [
        path.stem
        for path in cores
        if path.stem not in NO_METHOD | {"__init__"} and not re.search(rf"\b{path.stem}\b", index + pages)
    ]
    assert unnamed == []
    assert [
        path.name for path in METHODS.glob("*.md") if path.name != "README.md" and path.name not in index
    ] == []


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
