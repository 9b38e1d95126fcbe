"""The pages of decisions: each number once, the same in the name and in the heading."""

import re
from collections import Counter
from pathlib import Path

PAGES = sorted((Path(__file__).resolve().parents[1] / "docs" / "adr").glob("*.md"))


def numbered() -> list[Path]:
    return [page for page in PAGES if page.name != "README.md"]


def test_each_number_is_given_once():
    numbers = Counter(re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", page.name).group(1) for page in numbered())
    assert len(numbered()) >= 20
    assert [number for number, count in numbers.items() if count > 1] == []


def test_each_heading_has_the_number_of_its_page():
    for page in numbered():
        heading = page.read_text(encoding="utf-8").splitlines()[0]
        assert re.match(rf"# {int(page.name[:4])}\. \S", heading), f"{page.name}: {heading}"
