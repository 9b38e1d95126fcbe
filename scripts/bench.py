"""`make bench`: measure speed and scale, write docs/benchmarks.md, fail where a limit is broken."""

from __future__ import annotations

import os
import platform
import sys
from datetime import date
from pathlib import Path

from benchmarks import analyse
from benchmarks.analyse import Line

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
START, END = "<!-- analysis: written by make bench -->", "<!-- end of analysis -->"
HEAD = "# Speed and scale\n\n`make bench` measures this page anew. Ratios hold on any machine; seconds are this machine's.\n"
EXPLAIN = """The pipeline matches, joins and ranks; reading and writing files are not in it. The floor of the command is the
same interpreter and imports, the same reads and the same files written from values computed before, the map drawn anew;
the last ratio takes the map as finished text, too. Polygons are real, covariates are made."""


def main() -> int:
    """Measure, write the page and print it."""
    lines = analyse.measure()
    section = _section(lines)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    if START in page and END in page:
        before, rest = page.split(START, 1)
        page = before + section + rest.split(END, 1)[1].lstrip("\n")
    else:
        page = page.rstrip("\n") + "\n\n" + section
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")
    print(section)
    broken = [line for line in lines if not line.holds]
    for line in broken:
        print(
            f"over its limit: {line.what}: {line.value:.2f} {line.unit}, at most {line.limit}",
            file=sys.stderr,
        )
    return 1 if broken else 0


def _section(lines: list[Line]) -> str:
    rows = [
        f"| {line.what} | {_number(line)} | {'' if line.limit is None else f'≤ {line.limit:g} {line.unit}'} |"
        for line in lines
    ]
    table = "\n".join(["| What | Measured | Limit |", "|---|---:|---:|", *rows])
    return f"{START}\n## Analysis\n\n{_machine()}\n\n{EXPLAIN}\n\n{table}\n{END}\n"


def _number(line: Line) -> str:
    return f"{line.value:,.0f} {line.unit}" if line.unit == "MB" else f"{line.value:.2f} {line.unit}"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    # Our own processes run one at a time.
    shared = os.getloadavg()[0] > 1.5
    busy = (
        " The machine had other work: the seconds are too high; the ratios of CPU seconds stand."
        if shared
        else ""
    )
    return (
        f"Measured {date.today():%Y-%m-%d} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GB memory, Python {platform.python_version()}.{busy}"
    )


if __name__ == "__main__":
    sys.exit(main())
