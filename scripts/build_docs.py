"""`make docs`: build the documentation site from docs/ and from the code. A link that leads nowhere fails it, and so does a
setting, command, event, operation or method that no page tells of.

The pages are gathered in one folder first: those of docs/, those that are made from the code, and the files of the
repository that belong to the site. Nothing is fetched while building, and no page fetches anything from another host.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import django
from sphinx.cmd.build import main as sphinx

ROOT = Path(__file__).resolve().parents[1]
DOCS, SITE = ROOT / "docs", ROOT / "site"
FROM_THE_REPOSITORY = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
# The methods' own page lists them by hand; a second list need not be seen.
METHODS = "\n```{toctree}\n:maxdepth: 1\n:glob:\n:hidden:\n\n*\n```\n"
ORPHAN = "---\norphan: true\n---\n"
# Files of the checkout that pages speak of and that are no pages.
OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+(?!docs/)(?:[\w.-]+/)*[\w.-]+\.(?:py|yml|txt|toml|sh)\)")


def gather(target: Path) -> None:
    """Everything that Sphinx reads, in `target`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")
    django.setup()
    from scripts.documentation import (
        api_page,
        commands_page,
        import_diagram,
        settings_page,
        variables_page,
    )

    shutil.copytree(DOCS, target, dirs_exist_ok=True)
    for name in FROM_THE_REPOSITORY:
        text = (ROOT / name).read_text(encoding="utf-8")
        (target / name).write_text(text.replace("](docs/", "]("), encoding="utf-8")
    with (target / "methods" / "README.md").open("a", encoding="utf-8") as page:
        page.write(METHODS)
    list_decisions(target / "adr")
    made = {
        "reference/settings.md": settings_page.page(),
        "reference/commands.md": commands_page.page(),
        "reference/api.md": api_page.page(),
        "reference/variables.md": variables_page.page(),
        "images/imports.svg": import_diagram.drawing(),
    }
    for name, text in made.items():
        (target / name).write_text(text, encoding="utf-8")
    for page in target.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(OUTSIDE.sub(r"\1", text), encoding="utf-8")


def list_decisions(folder: Path) -> None:
    """Name every decision on their first page, and there alone: hundreds of them beside each page would hide all else."""
    lines = []
    for page in sorted(folder.glob("0*.md")):
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        lines.append(f"- [{title}]({page.name})")
        page.write_text(ORPHAN + text, encoding="utf-8")
    with (folder / "README.md").open("a", encoding="utf-8") as first:
        first.write("\n" + "\n".join(lines) + "\n")


def told() -> bool:
    """Whether everything has its words; what has none is printed."""
    from scripts.documentation.undocumented import undocumented

    silent = undocumented()
    for line in silent:
        print(f"not documented: {line}", file=sys.stderr)
    return not silent


def build(site: Path = SITE) -> int:
    with tempfile.TemporaryDirectory(prefix="docs-") as folder:
        source = Path(folder) / "source"
        gather(source)
        if not told():
            return 1
        shutil.rmtree(site, ignore_errors=True)
        options = ["-q", "-W", "--keep-going", "-n", "-d", str(Path(folder) / "trees")]
        status = sphinx([*options, "-b", "html", str(source), str(site)])
    if status == 0:
        print(f"{len(list(site.rglob('*.html')))} pages: {site / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(build(*map(Path, sys.argv[1:])))
