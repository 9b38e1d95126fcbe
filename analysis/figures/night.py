"""Figures on a dark page: paper and ink change sides, the colours that carry data stay as they are.

Figures are stored in the colours of paper, for reports and other programs. The same rules are put into a figure only
while a page shows it, where the browser applies them if that page is dark.
"""

from __future__ import annotations

from analysis.figures import palette

# Those of the dark pages; a test compares.
PAPER, INK, MUTED, LINE, BRAND = "#182122", "#e5ebea", "#a5b2b0", "#2d3a3b", "#6cc9c1"
VERSION = "night1"
"""Of the rules; stands in the version of what is sent, so that a browser asks again when they change."""

RULES = (
    # Paper, and what parts the bars of a chart.
    (f'svg>rect[fill="{palette.PAPER}"]', "fill", PAPER),
    (f'.mark-rect [stroke="{palette.PAPER}"]', "stroke", PAPER),
    # Words on paper. Numbers inside coloured cells and names on coloured wards keep their colour.
    (f'svg[fill="{palette.INK}"],text[fill="black"]', "fill", INK),
    ('[class*="role-axis"] text,[class*="role-title"] text,[class*="role-legend"] text', "fill", INK),
    (f'[fill="{palette.MUTED}"]', "fill", MUTED),
    ("#lga-names", "fill", palette.INK),
    # Lines on paper. The line in a box, twice as thick, stands on the box's colour.
    (f'[stroke="{palette.INK}"]:not([stroke-width="2"]),[stroke="black"]', "stroke", INK),
    (f'[stroke="{palette.MUTED}"]', "stroke", MUTED),
    (f'[stroke="{palette.LINE}"]', "stroke", LINE),
    # Bars and lines in the colour of actions.
    (f'[fill="{palette.BRAND}"]', "fill", BRAND),
    (f'[stroke="{palette.BRAND}"]', "stroke", BRAND),
    (f'path[fill="{palette.LINE}"]', "fill", "#5a6968"),
    # An edge of light around the whole area, whose darkest wards would end in the dark.
    ("#wards", "filter", f"drop-shadow(0 0 1.5px {MUTED})"),
)
STYLE = (
    "<style>@media (prefers-color-scheme:dark){"
    + "".join(f"{where}{{{what}:{colour}}}" for where, what, colour in RULES)
    + "}</style>"
)


def with_night(svg: bytes) -> bytes:
    """Return an SVG document that a dark page shows dark."""
    start = svg.index(b">", svg.index(b"<svg")) + 1
    return svg[:start] + STYLE.encode() + svg[start:]
