"""Each way in which people have met each other's data has a test, or does not lead through anything we have."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
WAYS = 53
# Attacks that the catalogue of other systems' faults doesn't name.
ATTACKS = 18


def rows() -> dict[str, tuple[str, str]]:
    lines = [
        line
        for line in (HERE / "catalogue.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    split = [[part.strip() for part in line.split("|")] for line in lines]
    assert all(len(parts) == 3 for parts in split)
    found = {number: (what, tests) for number, what, tests in split}
    assert len(found) == len(lines), "a number stands twice"
    return found


@cache
def defined_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_no_way_is_left_out():
    ways = [f"V{number:02d}" for number in range(1, WAYS + 1)]
    assert sorted(rows()) == [f"A{number:02d}" for number in range(1, ATTACKS + 1)] + ways


def test_every_named_test_exists():
    missing = []
    for number, (_, tests) in rows().items():
        if tests.startswith("absent: "):
            assert len(tests) > 20, number
            continue
        for test in tests.split(", "):
            assert re.fullmatch(r"[\w/.]+\.py::test_\w+", test), f"{number}: {test}"
            place, _, name = test.partition("::")
            file = ROOT / place if "/" in place else HERE / place
            if not file.exists() or name not in defined_in(file):
                missing.append(f"{number}: {test}")
    assert missing == []


def test_what_is_said_to_be_absent_is():
    """When one of these is built, its line has to name tests."""
    words = {
        "V33": ("arena", "vote"),
        "V37": ("survey",),
        "V38": ("survey",),
        "V40": ("whatsapp",),
        "V41": ("whatsapp",),
    }
    addresses = (ROOT / "tests" / "url_access.txt").read_text().lower()
    absent = {number for number, (_, tests) in rows().items() if tests.startswith("absent: ")}
    assert absent == {number for number, told in words.items() if not any(word in addresses for word in told)}


def test_every_file_of_attacks_stands_in_the_reference():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs/reference/isolation.md").read_text()))
    assert {file.stem for file in HERE.glob("test_*.py")} == named
