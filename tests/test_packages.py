"""What is installed is what is pinned; and silence of an advisory service is never read as an all-clear."""

import pytest
from packaging.requirements import Requirement

from scripts import check_packages
from scripts.check_packages import Installed, needed, verdict, wrong_pins

THERE = {
    "frame": Installed(
        "1.2", "MIT", ("part>=1", "extra-part>=1; extra == 'more'", "old-part; python_version < '3'")
    ),
    "part": Installed("3.0", "BSD", ("frame",)),
    "extra-part": Installed("4.0", "Apache-2.0"),
}


def wrong(listed: str, pinned: str, **changed: Installed) -> list[str]:
    lists = [check_packages.read_list(text.replace(", ", "\n")) for text in (listed, pinned)]
    return list(wrong_pins(*lists, THERE | changed))


def test_all_that_a_list_brings_along_counts():
    assert needed([Requirement("frame==1.2")], THERE) == {"frame", "part"}
    assert needed([Requirement("frame[more]==1.2")], THERE) == {"frame", "part", "extra-part"}


def test_what_is_pinned_and_installed_alike_is_right():
    assert wrong("frame==1.2  # the frame", "frame==1.2, part==3.0") == []


@pytest.mark.parametrize(
    ("listed", "pinned", "changed", "said"),
    [
        ("frame>=1.2", "frame==1.2, part==3.0", {}, "frame: not pinned to one version"),
        ("frame==1.2", "frame==1.2, part==3.*", {}, "part: not pinned to one version"),
        ("frame==1.2", "frame==1.3, part==3.0", {}, "frame: constraints.txt pins another version or none"),
        ("frame==1.2", "frame==1.2", {}, "part 3.0: needed by others and not in constraints.txt"),
        ("frame==1.2", "frame==1.2, part==2.0", {}, "part: 3.0 is installed, 2.0 is pinned"),
        ("gone==1.0", "gone==1.0", {}, "gone: needed and not installed"),
        ("frame==1.2", "frame==1.2, part==3.0", {"part": Installed("3.0")}, "part 3.0: has no licence"),
        (
            "frame==1.2",
            "frame==1.2, part==3.0",
            {"part": Installed("3.0", "GNU AGPLv3")},
            "part 3.0: GNU AGPLv3",
        ),
    ],
)
def test_what_is_not_is_named(listed, pinned, changed, said):
    assert said in wrong(listed, pinned, **changed)


def test_this_very_environment_is_as_pinned():
    lists = [
        check_packages.read_list((check_packages.ROOT / name).read_text()) for name in check_packages.LISTS
    ]
    pinned = check_packages.read_list((check_packages.ROOT / check_packages.PINS).read_text())
    listed = [one for some in lists for one in some]
    assert list(wrong_pins(listed, pinned, check_packages.installed_packages())) == []
    assert len(needed(listed, check_packages.installed_packages())) > 100


def entry(name: str, *weaknesses: str) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": [{"id": weakness} for weakness in weaknesses]}


SKIPPED = {"name": "frame", "skip_reason": "not found"}


@pytest.mark.parametrize("report", [None, {"dependencies": [SKIPPED, SKIPPED]}, {"dependencies": []}])
def test_where_nobody_answers_it_says_not_run(report):
    good, words = verdict(report)
    assert good
    assert "not run" in words
    assert "no known weakness" not in words


def test_a_known_weakness_fails_the_check_and_is_named():
    good, words = verdict({"dependencies": [entry("part"), SKIPPED, entry("frame", "CVE-2026-1")]})
    assert not good
    assert "frame 1.0: CVE-2026-1" in words


def test_what_could_not_be_asked_is_said():
    good, words = verdict({"dependencies": [entry("part"), SKIPPED]})
    assert good
    assert "1 packages, no known weakness. Not audited: frame." in words
