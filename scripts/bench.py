"""`make bench`: measure speed and scale, write docs/benchmarks.md, fail where a limit is broken."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import analyse, chat, facilities, nets, page_weight, stateless, streams, wall, web, zonal
from benchmarks.analyse import Line

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = "# Speed and scale\n\n`make bench` measures this page anew. Ratios hold on any machine; seconds are this machine's.\n"
ANALYSIS = """The pipeline matches, joins and ranks; reading and writing files are not in it. The floor of the command is the
same interpreter and imports, the same reads and the same files written from values computed before, the map drawn anew;
the last ratio takes the map as finished text, too. Polygons are real, covariates are made."""
WEB = """The floor of the page is the same template over the same rows already in memory, behind the same sign-in; the limit is
1.3 times that, plus the queries of the page (at most 6), which are measured by themselves. The other ratios have no limit: they
tell how much the answer depends on that reading. Rendering alone is the template without request or sign-in. The page beside
slow uploads is asked for on the clock, in turns without and with them, on one stack of two web processes."""


@dataclass(frozen=True)
class Section:
    """One table of the page, between two marks of its own, so that it can be measured anew by itself."""

    name: str
    explain: str
    measure: Callable[[], list[Line]]

    @property
    def marks(self) -> tuple[str, str]:
        return f"<!-- {self.name}: written by make bench -->", f"<!-- end of {self.name} -->"


WALL = """The same pages with the same transactions and statements; without the wall, policies are off and no claim is sent.
Blocks with and without take turns in one run; CPU is the process's and its database connection's."""
STATELESS = """A hundred users, each asking for sessions of their own, twenty at a time; one user alone, one request after the other and twenty
at a time; and a server that was deliberately given one lock for everybody. Every request of all of them also waits 50 ms, as for
a slow store: what only computes is on two cores as slow beside others as after them. Nothing per user or for all is locked if the
waits of many overlap, whoever they are, and do not with the lock."""
NETS = """Reading is that of `plan_nets`: one table of wards. Every strategy runs under an urban rule. The best split has a minimum for
each LGA, a floor for each ward and urban wards excluded."""
STREAMS = """A thousand clients, each watching a turn of its own on one stream server process, idle but for a sign of life every 15 seconds.
CPU is over half a minute of that; the clients run beside it on the same cores."""
CHAT = """One process asks itself as a web server would, page and turn in turns, the best of many; the turn reads the session's rows,
finds the ten wards, puts them into words, checks every number of these, and stores all of it."""
ZONAL = """Side by side in one process, reading the raster included. rasterstats is given the cells of the window as numbers, its
fastest way. Both go by cell centres in the comparison; wards that hold no centre have no such value in either."""
FACILITIES = """Reports are made, polygons are real. Reading is that of every run: typed columns, notes, merged cells; the whole repairs the
headers, matches the wards, sums every combination of four age groups and four facility levels, and checks the data's quality."""
PAGES = """Each page with nothing in the browser's cache, on a link of 400 kbit/s with 150 ms of latency, on a phone's screen. A page can be
used when its scripts have run; the page with the map, when the map answers."""
SECTIONS = (
    Section("analysis", ANALYSIS, analyse.measure),
    Section("nets", NETS, nets.measure),
    Section("zonal", ZONAL, zonal.measure),
    Section("facilities", FACILITIES, facilities.measure),
    Section("web", WEB, web.measure),
    Section("wall", WALL, wall.measure),
    Section("stateless", STATELESS, stateless.measure),
    Section("streams", STREAMS, streams.measure),
    Section("pages", PAGES, page_weight.measure),
    Section("chat", CHAT, chat.measure),
)


def main(names: Sequence[str]) -> int:
    """Measure the named sections, or all; write the page and print it."""
    broken = [
        line for section in SECTIONS if not names or section.name in names for line in _measured(section)
    ]
    for line in broken:
        print(
            f"over its limit: {line.what}: {line.value:.2f} {line.unit}, at most {line.limit}",
            file=sys.stderr,
        )
    return 1 if broken else 0


def _measured(section: Section) -> list[Line]:
    """Measure one section and write it down at once; the lines that are over their limit."""
    lines = section.measure()
    text, (start, end) = _text(section, lines), section.marks
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    if start in page and end in page:
        before, rest = page.split(start, 1)
        page = before + text + rest.split(end, 1)[1].lstrip("\n")
    else:
        page = page.rstrip("\n") + "\n\n" + text
    PAGE.write_text(page, encoding="utf-8")
    print(text)
    return [line for line in lines if not line.holds]


def _text(section: Section, lines: list[Line]) -> str:
    rows = [
        f"| {line.what} | {_number(line)} | {'' if line.limit is None else f'≤ {line.limit:g} {line.unit}'} |"
        for line in lines
    ]
    table = "\n".join(["| What | Measured | Limit |", "|---|---:|---:|", *rows])
    start, end = section.marks
    return (
        f"{start}\n## {section.name.capitalize()}\n\n{_machine()}\n\n{section.explain}\n\n{table}\n{end}\n\n"
    )


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
    sys.exit(main(sys.argv[1:]))
