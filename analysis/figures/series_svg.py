"""Lines and bars over time as small SVG pictures. Light: drawn while a page is made."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from analysis.figures import palette

MONTHS = "JFMAMJJASOND"
_LEFT, _RIGHT, _TOP, _FOOT = 34, 8, 8, 20


def line_chart(
    labels: Sequence[str],
    values: Sequence[float | None],
    *,
    title: str,
    top: float,
    marked: Sequence[str] = (),
    width: int = 640,
    height: int = 220,
) -> str:
    """Return a line of rates over the months or years of `labels`; a missing one leaves a gap.

    Parameters
    ----------
    top : float
        The upper end of the scale, the same for pictures that stand side by side. [%]
    marked : sequence of str
        Labels whose point is ringed.
    """
    inner, tall = width - _LEFT - _RIGHT, height - _TOP - _FOOT
    step = inner / max(len(labels) - 1, 1)
    xs = [_LEFT + (k * step if len(labels) > 1 else inner / 2) for k in range(len(labels))]
    ys = [None if value is None else _TOP + tall * (1 - min(value, top) / top) for value in values]
    parts = [_head(title, _described(labels, values), width, height)]
    for share in (0, 0.5, 1):
        y = _TOP + tall * (1 - share)
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}H{width - _RIGHT}" stroke="{palette.LINE}"/><text x="{_LEFT - 5}" '
            f'y="{y + 4:.1f}" text-anchor="end">{top * share:g}</text>'
        )
    for label, x in _ticks(labels, xs):
        parts.append(f'<text x="{x:.1f}" y="{height - 5}" text-anchor="middle">{escape(label)}</text>')
    parts.append(
        f'<path d="{_path(xs, ys)}" fill="none" stroke="{palette.BRAND}" stroke-width="2" stroke-linejoin="round"/>'
    )
    for k, (label, x, y) in enumerate(zip(labels, xs, ys, strict=True)):
        if y is None:
            continue
        alone = (k == 0 or ys[k - 1] is None) and (k + 1 == len(ys) or ys[k + 1] is None)
        if alone or len(labels) <= 15:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{palette.BRAND}"/>')
        if label in marked:
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" stroke="{palette.TIERS["High"]}" stroke-width="2"/>'
            )
    return "".join(parts) + "</svg>"


def season_bars(shares: Sequence[float], *, title: str, width: int = 640, height: int = 160) -> str:
    """Return twelve bars: the share of a year's cases in each month, with a line where all months would be equal."""
    inner, tall = width - _LEFT - _RIGHT, height - _TOP - _FOOT
    top = max(100 * max(shares), 100 / 12) * 1.1
    slot = inner / 12
    said = [f"{name} {100 * share:.0f} %" for name, share in zip(MONTHS, shares, strict=True)]
    parts = [_head(title, "; ".join(said), width, height)]
    for k, share in enumerate(shares):
        high = tall * 100 * share / top
        x = _LEFT + k * slot
        parts.append(
            f'<rect x="{x + 0.14 * slot:.1f}" y="{_TOP + tall - high:.1f}" width="{0.72 * slot:.1f}" height="{high:.1f}" '
            f'fill="{palette.COVERAGE[4]}"/><text x="{x + slot / 2:.1f}" y="{height - 5}" text-anchor="middle">{MONTHS[k]}</text>'
        )
    even = _TOP + tall * (1 - 100 / 12 / top)
    parts.append(
        f'<path d="M{_LEFT} {even:.1f}H{width - _RIGHT}" stroke="{palette.MUTED}" stroke-dasharray="4 3"/>'
        f'<text x="{_LEFT - 5}" y="{even + 4:.1f}" text-anchor="end">8</text></svg>'
    )
    return "".join(parts)


def scale_top(values: Sequence[float | None]) -> float:
    """Return a round upper end for a scale that starts at 0. [%]"""
    highest = max((value for value in values if value is not None), default=0.0)
    return next((top for top in (5.0, 10.0, 20.0, 40.0, 60.0, 80.0) if highest <= top), 100.0)


def _head(title: str, text: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-size="12" '
        f'fill="{palette.INK}"><title>{escape(title)}</title><desc>{escape(text)}</desc>'
    )


def _described(labels: Sequence[str], values: Sequence[float | None]) -> str:
    known = [(label, value) for label, value in zip(labels, values, strict=True) if value is not None]
    if not known:
        return "No data"
    (first, begin), (last, end) = known[0], known[-1]
    return f"{begin:.1f} % in {first}, {end:.1f} % in {last}; {len(labels) - len(known)} without data"


def _ticks(labels: Sequence[str], xs: Sequence[float]) -> list[tuple[str, float]]:
    """The years: at their own point, or where they begin."""
    starts = [
        (label[:4], x)
        for label, x in zip(labels, xs, strict=True)
        if len(label) == 4 or label.endswith("-01")
    ]
    return starts if starts else [(labels[0], xs[0] + 18)] if labels else []


def _path(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    words, open_ = [], False
    for x, y in zip(xs, ys, strict=True):
        if y is not None:
            words.append(f"{'L' if open_ else 'M'}{x:.1f} {y:.1f}")
        open_ = y is not None
    return "".join(words)
