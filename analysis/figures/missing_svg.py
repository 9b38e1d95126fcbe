"""Which reports are missing: wards by months as one SVG picture, light where few came in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.figures import palette
from analysis.figures.vega import FONT, clean

MOST_WARDS, MOST_PERIODS = 1_500, 120
_WIDTH, _LEFT, _RIGHT, _TOP, _FOOT = 960, 190, 20, 92, 30
_NAMED = 60
_COLOURS = tuple(palette.COVERAGE[k] for k in (0, 1, 2, 4, 6))
_WORDS = ("below 20 %", "20–40 %", "40–60 %", "60–80 %", "80 % and more", "no report expected")


def missingness_map(
    percent: NDArray[np.float64], wards: Sequence[str], lgas: Sequence[str], periods: Sequence[str], *, source: str = ""
) -> str:  # fmt: skip
    """Draw the reports received of those expected, a row for each ward and a column for each period.

    Parameters
    ----------
    percent : float array (W, T)
        [%]; missing where no report is expected.
    wards, lgas : W names
    periods : T labels

    Returns
    -------
    str
        Wards in order of LGA and name. More than 1,500 wards or 120 periods: the first wards, the newest
        periods, and the picture says so.
    """
    order = sorted(range(len(wards)), key=lambda k: (lgas[k], wards[k]))[:MOST_WARDS]
    shown = list(periods)[-MOST_PERIODS:]
    values = percent[order][:, len(periods) - len(shown) :]
    tall = 14 if len(order) <= _NAMED else 4 if len(order) <= 500 else 2
    wide = (_WIDTH - _LEFT - _RIGHT) / max(len(shown), 1)
    height = _TOP + tall * len(order) + _FOOT
    title = "Reports received of those expected, by ward and period"
    text = _said(percent, len(order), len(wards), len(shown), len(periods))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="img" '
        f'aria-labelledby="missing-title missing-text" font-family="{FONT}" font-size="11" fill="{palette.INK}">'
        f'<title id="missing-title">{title}</title><desc id="missing-text">{clean(text)}</desc>'
        f'<rect width="{_WIDTH}" height="{height}" fill="{palette.PAPER}"/><text x="20" y="28" font-size="18">{title}</text>'
        f'<text x="20" y="48" fill="{palette.MUTED}">{clean(text)}</text>',
        *_legend(),
        *_cells(values, tall, wide),
        *_row_names([wards[k] for k in order], [lgas[k] for k in order], tall),
        *_column_names(shown, wide),
        f'<text x="20" y="{height - 10}" fill="{palette.MUTED}">{clean(source)}</text></svg>',
    ]
    return "".join(parts)


def _said(percent: NDArray[np.float64], drawn: int, wards: int, shown: int, periods: int) -> str:
    known = percent[~np.isnan(percent)]
    mean = (
        f"Some report is missing in {(known < 100).mean() * 100:.0f} % of the cells. " if len(known) else ""
    )
    first = f"The first {drawn:,} of {wards:,} wards" if drawn < wards else f"{wards:,} wards"
    newest = f"the newest {shown} of {periods} periods" if shown < periods else f"{periods} periods"
    return f"{mean}{first}, {newest}."


def _classes(values: NDArray[np.float64]) -> NDArray[np.intp]:
    """0 to 4 by fifths, 5 where nothing is expected."""
    known = ~np.isnan(values)
    found = np.full(values.shape, 5, dtype=np.intp)
    found[known] = np.clip(values[known] // 20, 0, 4).astype(np.intp)
    return found


def _cells(values: NDArray[np.float64], tall: int, wide: float) -> list[str]:
    """One path for each class; equal neighbours in a row are one rectangle."""
    if not values.size:
        return []
    classes = _classes(values)
    starts = np.ones(classes.shape, dtype=bool)
    starts[:, 1:] = classes[:, 1:] != classes[:, :-1]
    row, column = np.nonzero(starts)
    ends = np.append(column[1:], 0)
    last = np.append(row[1:] != row[:-1], True)
    ends[last] = classes.shape[1]
    kind = classes[row, column]
    parts = []
    for k, colour in enumerate((*_COLOURS, palette.NO_DATA)):
        here = np.flatnonzero(kind == k)
        if len(here):
            path = "".join(
                f"M{_LEFT + column[i] * wide:.1f} {_TOP + row[i] * tall}h{(ends[i] - column[i]) * wide:.1f}v{tall}"
                f"h-{(ends[i] - column[i]) * wide:.1f}z"
                for i in here
            )
            parts.append(f'<path d="{path}" fill="{colour}"/>')
    return parts


def _legend() -> list[str]:
    parts = []
    for k, (colour, words) in enumerate(zip((*_COLOURS, palette.NO_DATA), _WORDS, strict=True)):
        x = 20 + 150 * k
        parts.append(
            f'<rect x="{x}" y="58" width="12" height="12" fill="{colour}" stroke="{palette.NO_DATA_LINE}"/>'
            f'<text x="{x + 17}" y="68">{words}</text>'
        )
    return parts


def _row_names(wards: Sequence[str], lgas: Sequence[str], tall: int) -> list[str]:
    """Names of the wards where there is room, else of their LGAs at the first of each."""
    parts, lowest = [], -100
    for k, (ward, lga) in enumerate(zip(wards, lgas, strict=True)):
        y = _TOP + k * tall + (11 if tall >= 14 else 8)
        if tall >= 14:
            parts.append(f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end">{clean(_short(ward, lga))}</text>')
        elif (k == 0 or lga != lgas[k - 1]) and y - lowest >= 12:
            parts.append(f'<text x="{_LEFT - 6}" y="{y}" text-anchor="end">{clean(_short(lga))}</text>')
            lowest = y
    return parts


def _short(name: str, lga: str = "") -> str:
    whole = f"{name}, {lga}" if lga else name
    return whole if len(whole) <= 30 else f"{whole[:29]}…"


def _column_names(periods: Sequence[str], wide: float) -> list[str]:
    """The years, where each begins; the first period in any case."""
    parts = []
    for k, label in enumerate(periods):
        if k == 0 or label[:4] != periods[k - 1][:4]:
            words = label if k == 0 or len(label) == 4 else label[:4]
            parts.append(f'<text x="{_LEFT + k * wide:.1f}" y="{_TOP - 6}">{clean(words)}</text>')
    return parts
