"""Legends made fit for paper: where a label leaves no room for its count, the count stands on a line of its own."""

from __future__ import annotations

import html
import re

_LEGEND = re.compile(r'<g id="legend"[^>]*?font-size="([\d.]+)".*?</g>', re.DOTALL)
_ELEMENT = re.compile(r"<rect\b[^>]*/>|<text\b([^>]*)>([^<]*)</text>")
_X, _Y = re.compile(r' x="([\d.]+)"'), re.compile(r' y="([\d.]+)"')
_OWN_SIZE = re.compile(r' font-size="([\d.]+)"')
_CANVAS = re.compile(r'(viewBox="0 0 [\d.]+ )([\d.]+)(" width="[\d.]+" height=")[\d.]+"')
_PAPER = re.compile(r'(<rect width="[\d.]+" height=")[\d.]+"')
# From a label to the count below it, and at least between the two on one line. [px]
_LINE, _GAP = 18, 6
# Scale and arrow stand below the legend. [px]
_FOOT = 72
# How wide letters are, in hundredths of their height.
_WIDTHS = (
    ("!',.:;ijlI’ \u202f", 30), ("()[]{}-ftr", 38), ("17sczxFT?+<=>/", 49), ("234569egkvyéèêLYZ", 53),
    ("mMwW%@&", 85), ("BDGHKNOQRU", 69),
)  # fmt: skip
_OTHERS = 58


def text_width(text: str, size: float) -> float:
    """Return about how wide a text of the report's font is, rather more than less. [px]"""
    letters = html.unescape(text)
    return size / 100 * sum(next((w for these, w in _WIDTHS if c in these), _OTHERS) for c in letters)


def roomy(svg: str) -> str:
    """Return a map whose legend has no label that runs into its count; what stands below moves down."""
    found = _LEGEND.search(svg)
    if found is None:
        return svg
    size, shift, bottom, at = float(found[1]), 0, 0.0, 0
    parts: list[str] = []
    before: re.Match[str] | None = None
    for element in _ELEMENT.finditer(found[0]):
        y = _Y.search(element[0])
        down = shift
        if before is not None and y is not None and _too_close(before, element, size):
            down += _LINE
        height = float(y[1]) + down if y else 0.0
        parts += [found[0][at : element.start()], _Y.sub(f' y="{height:g}"', element[0], count=1)]
        at, shift, before, bottom = element.end(), down, element, max(bottom, height)
    if not shift:
        return svg
    legend = "".join([*parts, found[0][at:]])
    return _grown(svg[: found.start()], legend, svg[found.end() :], bottom)


def _too_close(label: re.Match[str], count: re.Match[str], size: float) -> bool:
    if label[1] is None or count[1] is None or 'text-anchor="end"' not in count[1]:
        return False
    left, right = _X.search(label[1]), _X.search(count[1])
    level = _Y.search(label[1]), _Y.search(count[1])
    if not (left and right and level[0] and level[1]) or level[0][1] != level[1][1]:
        return False
    taken = sum(
        text_width(one[2], float(own[1]) if (own := _OWN_SIZE.search(one[1])) else size)
        for one in (label, count)
    )
    return float(left[1]) + taken + _GAP > float(right[1])


def _grown(head: str, legend: str, tail: str, bottom: float) -> str:
    """The map, higher where its legend would else stand on the scale below it."""
    canvas = _CANVAS.search(head)
    more = bottom + _FOOT - float(canvas[2]) if canvas else 0
    if not canvas or more <= 0:
        return head + legend + tail
    height = f"{float(canvas[2]) + more:g}"
    head = _CANVAS.sub(rf'\g<1>{height}\g<3>{height}"', head, count=1)
    head = _PAPER.sub(rf'\g<1>{height}"', head, count=1)
    foot = tail.removesuffix("</svg>")
    return f'{head}{legend}<g transform="translate(0 {more:g})">{foot}</g></svg>'
