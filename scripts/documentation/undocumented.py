"""What the code has and the pages don't tell: settings, commands, events, operations of the API, methods, strategies.

The site isn't built while there is any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from analysis.core import variables
from itn.core.settings import STRATEGIES
from scripts.documentation import (
    api_page,
    commands_page,
    events_in_code,
    settings_page,
    variables_page,
)

ROOT = Path(__file__).resolve().parents[2]
METHODS = ROOT / "docs" / "methods"
FEWEST_LETTERS = 10
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
    "settings",
    "doubtful",
    "duplicates",
}


def undocumented() -> list[str]:
    """One line for each thing that has no words, or words without a thing."""
    return [*settings(), *commands(), *events(), *operations(), *methods()]


def settings() -> Iterator[str]:
    found = settings_page.described((ROOT / ".env.example").read_text(encoding="utf-8"))
    names, read = {one.name for one in found}, settings_page.names_read()
    for one in found:
        if len(one.words) < FEWEST_LETTERS:
            yield f"setting {one.name}: .env.example says nothing about it"
    yield from (f"setting {name}: not in .env.example" for name in sorted(read - names))
    yield from (f"setting {name}: in .env.example, and nothing reads it" for name in sorted(names - read))


def commands() -> Iterator[str]:
    page = commands_page.page()
    for name in commands_page.our_commands():
        section = page.partition(f"## manage.py {name}\n")[2].partition("\n## ")[0]
        if len(section.strip().partition("\n")[0]) <= 2 * FEWEST_LETTERS:
            yield f"command {name}: no help"
        for line in section.splitlines():
            if silent := re.fullmatch(r"\| `([^`]+)` \|\s*\|", line):
                yield f"command {name}: its argument {silent[1]} has no help"


def events() -> Iterator[str]:
    page, code = events_in_code.documented(), events_in_code.written()
    yield from (
        f"event {verb}: not in {events_in_code.PAGE.name}" for verb in sorted(code.keys() - page.keys())
    )
    yield from (f"event {verb}: no code writes it" for verb in sorted(page.keys() - code.keys()))
    for verb in sorted(code.keys() & page.keys()):
        yield from (f"event {verb}: its {name} is not told" for name in sorted(code[verb] - page[verb]))


def operations() -> Iterator[str]:
    page = api_page.page()
    for path, method, operation in api_page.operations(api_page.schema()):
        section = page.partition(f"## {path}\n")[2].partition("\n## ")[0]
        if f"**{method.upper()}** – " not in section:
            yield f"operation {method} {path}: not on its page"
        if not operation["responses"]:
            yield f"operation {method} {path}: says no answer"


def methods() -> Iterator[str]:
    """Variables, strategies of net planning and modules of the cores."""
    page = variables_page.page()
    for one in variables.VARIABLES:
        row = f"| `{one.id}` | {one.label} | {one.unit} |" in page
        if not (row and variables_page.DIRECTIONS[one.direction] in page):
            yield f"variable {one.id}: not on its page"
    pages = {path.name: path.read_text(encoding="utf-8") for path in METHODS.glob("*.md")}
    howto = (ROOT / "docs" / "howto" / "plan-nets.md").read_text(encoding="utf-8")
    for name in STRATEGIES:
        if name not in pages["net-allocation.md"] or f"`{name}`" not in howto:
            yield f"strategy {name}: not in net-allocation.md and plan-nets.md"
    together = "\n".join(pages.values())
    for path in [*(ROOT / "analysis" / "core").rglob("*.py"), *(ROOT / "itn" / "core").glob("*.py")]:
        known = path.stem in NO_METHOD | {"__init__"} or re.search(rf"\b{path.stem}\b", together)
        if not known:
            yield f"method {path.relative_to(ROOT)}: named by no page of docs/methods"
    for name in sorted(pages.keys() - {"README.md"}):
        if name not in pages["README.md"]:
            yield f"method page {name}: not in its index"
