"""The map of what changes between two plans, coloured anew from a map that is already drawn.

Text in, text out: no shape is read again, so a request can do it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType

from analysis.figures import palette
from analysis.readers.text import strip_controls

# Lower limits of the change in coverage [% points], from the largest gain to the largest loss.
CLASSES = (
    (50.0, "50 points more, or above"),
    (20.0, "20 to 50 points more"),
    (0.0, "up to 20 points more"),
    (0.0, "stays the same"),
    (-20.0, "up to 20 points fewer"),
    (-50.0, "20 to 50 points fewer"),
    (float("-inf"), "more than 50 points fewer"),
)
COLOURS = ("#0b3e4f", "#378891", "#c4e2dd", palette.DIFFERENCE[3], "#f3c79a", "#dc9145", "#8a4708")
NO_CLASS = -1
# Wards without a coverage although their people are known: there are none, in both plans or in one of them.
NOBODY, NOBODY_IN_ONE = len(CLASSES), len(CLASSES) + 1
OTHERS = (("Nobody lives there", "#a9adb0"), ("0 people in one of the plans", "#8a9095"))
_WARD = re.compile(r'<path data-ward="([^"]*)" d="([^"]*)">')
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
# What `map_svg` writes last: where the numbers come from.
_SOURCE = re.compile(
    r'<text x="([\d.]+)" y="([\d.]+)"( font-size="11" text-anchor="end"[^>]*)>[^<]*</text>(?=</svg>)'
)
_X, _TOP, _END = 710, 64, 940


def change_class(change: float | None, reasons: Sequence[str] = ()) -> int:
    """Return the class of a change in coverage; −1 where the people are unknown in one of the plans.

    Parameters
    ----------
    reasons : sequence of str
        Of the ward in the first and in the second plan.

    Examples
    --------
    >>> [change_class(x) for x in (60.0, 50.0, 49.9, 0.1, 0.0, -0.1, -20.0, -20.1, -50.1, None)]
    [0, 0, 1, 2, 3, 4, 4, 5, 6, -1]
    >>> [change_class(None, ("zero_need", other)) for other in ("zero_need", "served_full", "no_population")]
    [7, 8, -1]
    """
    if change is None or change != change:
        if "zero_need" not in reasons or "no_population" in reasons:
            return NO_CLASS
        return NOBODY if set(reasons) == {"zero_need"} else NOBODY_IN_ONE
    if change == 0:
        return 3
    if change > 0:
        return next(k for k in range(3) if change >= CLASSES[k][0])
    return next(k for k in range(4, 7) if change >= CLASSES[k][0])


def difference_map(
    drawn: str,
    change: Mapping[str, float | None],
    title: str,
    sources: Sequence[str] = (),
    reasons: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """Return the map of the change in coverage as an SVG document.

    Parameters
    ----------
    drawn : str
        A map of the same wards, as `map_svg.draw_map` writes it.
    change : mapping of ward_code to float
        Coverage in the second plan minus the first. [% points]
    sources : sequence of str
        Where the people of the first and of the second plan come from; both are said where they differ.
    reasons : mapping of ward_code to sequence of str
        The reasons of a ward in both plans: where nobody lives there is no coverage, and its people are not unknown.
    """
    size = _SIZE.search(drawn)
    if size is None:
        raise ValueError("not a map")
    width, height = size.groups()
    groups: dict[int, list[str]] = {}
    classes = {
        escape(str(code)): change_class(value, reasons.get(code, ())) for code, value in change.items()
    }
    for code, path in _WARD.findall(drawn):
        groups.setdefault(classes.get(code, NO_CLASS), []).append(f'<path data-ward="{code}" d="{path}"/>')
    place = drawn[drawn.index("<g transform=") : drawn.index('<g id="wards"')]
    after = (
        drawn.index('<g id="lgas"')
        if '<g id="lgas"' in drawn
        else drawn.index('<g id="legend"') - len("</g>")
    )
    outlines = drawn[after : drawn.index('<g id="legend"')]
    wards = drawn[drawn.index('<g id="wards"') :]
    head = wards[: wards.index(">") + 1]
    fills = [*COLOURS, *(colour for _, colour in OTHERS), "url(#no-data)"]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="map-title" fill="{palette.INK}" font-family="system-ui, sans-serif">',
        f'<title id="map-title">Change in coverage. {escape(title)}</title>',
        drawn[drawn.index("<defs>") : drawn.index("</defs>") + len("</defs>")],
        f'<rect width="{width}" height="{height}" fill="{palette.PAPER}"/>',
        f'<text x="20" y="32" font-size="20" font-weight="600">Change in coverage</text>'
        f'<text x="20" y="52" font-size="13" fill="{palette.MUTED}">{escape(title)}</text>',
        place,
        head,
        *(f'<g fill="{fills[k]}">{"".join(groups[k])}</g>' for k in sorted(groups)),
        "</g>",
        outlines,
        _legend({k: len(paths) for k, paths in groups.items()}),
        _with_sources(drawn[drawn.index('<g id="scale"') :], sources),
    ]
    return "".join(parts)


def _with_sources(foot: str, sources: Sequence[str]) -> str:
    """The foot of the first plan's map; with two lines of sources where there are two."""
    found = _SOURCE.search(foot)
    if found is None or len(set(sources)) < 2:
        return foot
    x, y, rest = found[1], float(found[2]), found[3]
    lines = [
        f'<text x="{x}" y="{y - 16 * (len(sources) - 1 - k):g}"{rest}><tspan>Plan {k + 1}: </tspan>'
        f"<tspan>{escape(strip_controls(source))}</tspan></text>"
        for k, source in enumerate(sources)
    ]
    return "".join((foot[: found.start()], *lines, foot[found.end() :]))


def _legend(counts: Mapping[int, int]) -> str:
    rows = [(COLOURS[k], text, counts.get(k, 0)) for k, (_, text) in enumerate(CLASSES)]
    others = [(colour, text, counts.get(k, 0)) for k, (text, colour) in enumerate(OTHERS, NOBODY)]
    rows += [row for row in others if row[2]]
    if counts.get(NO_CLASS):
        rows.append(("url(#no-data-key)", "Population unknown", counts[NO_CLASS]))
    parts = [
        f'<g id="legend" font-size="13"><text x="{_X}" y="{_TOP + 6}" font-weight="600">Coverage of people</text>'
    ]
    for k, (fill, text, count) in enumerate(rows):
        y = _TOP + 24 + 26 * k
        parts.append(
            f'<rect x="{_X}" y="{y}" width="26" height="18" fill="{fill}" stroke="{palette.MUTED}" stroke-width="0.5"/>'
            f'<text x="{_X + 34}" y="{y + 14}">{text}</text>'
            f'<text x="{_END}" y="{y + 14}" text-anchor="end" fill="{palette.MUTED}">{count:,}</text>'
        )
    return "".join([*parts, "</g>"])
