"""The way from the tables to the ranks, drawn from what a result recorded of itself."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from analysis.core.pipeline import RiskResult
from analysis.figures import palette
from analysis.figures.map_svg import WIDTH
from analysis.figures.styled import Figure, label_of
from analysis.figures.vega import FONT, clean

TITLE = "How this ranking was made"
_BOX, _LINE, _PAD, _GAP, _LETTERS = 430, 17, 12, 34, 64
_TOP = 70
FIRST = 5
# How the gaps of a variable were to be filled, in words.
FILLED = {
    "spatial": "mean of the wards that touch it",
    "spatial_or_mean": "mean of the wards that touch it, or of all wards",
    "lga_mean": "mean of its LGA",
    "state_mean": "mean of its state",
    "mean": "mean of all wards",
    "median": "median of all wards",
    "mode": "commonest value",
}


def workflow(result: RiskResult) -> Iterator[tuple[str, Figure]]:
    """Give the diagram of the steps, in the order in which they were taken."""
    boxes = steps(result)
    text = ". ".join(f"{title}: {'; '.join(lines)}" for title, lines in boxes)
    yield "workflow", Figure(TITLE, f"Diagram: {TITLE}. {text}.", lambda: draw_workflow(boxes))


def steps(result: RiskResult) -> list[tuple[str, list[str]]]:
    """Return the steps as a heading and lines of facts, all from the result itself."""
    wards, said = result.wards, result.parameters
    summary = result.summary()
    inverse, plan = set(said["inverse"]), said["imputation"]
    cells = result.imputation
    ranked = wards[wards["composite_rank"].notna()].sort_values(["composite_rank", "ward_code"])
    filled = cells.groupby("variable").size()
    boxes = [
        ("Wards", [f"{len(wards):,} wards, {summary['ranked']:,} with data to rank"]),
        (
            f"{len(said['variables'])} variables",
            [f"{label_of(name)}: more risk when {'lower' if name in inverse else 'higher'}" for name in said["variables"]],
        ),
        (
            f"{len(cells):,} gaps filled",
            [f"{label_of(str(name))}: {count:,}, {FILLED.get(plan.get(name), 'as recorded')}" for name, count in filled.items()]
            or ["nothing was missing, or gaps were left open"],
        ),
        ("Scaled to 0–1", ["lowest risk = 0, highest = 1" if said["method"] == "recommended" else f"as in {said['method']}"]),
        (f"{len(result.models):,} models", ["combinations of two or more variables; a model is the mean of its variables"]),
        ("Composite score and rank", [f"{said['aggregate'].replace('_', ' ')} over the models; rank 1 = highest risk; tiers by {_cut(said['cut'])}"]),
        ("A second opinion: PCA", _pca(result)),
        (
            f"The {min(FIRST, len(ranked))} wards of highest risk",
            [f"{row.composite_rank}  {row.ward_name}{f' ({row.lga_name})' if isinstance(row.lga_name, str) else ''}" for row in ranked.head(FIRST).itertuples()],
        ),
    ]  # fmt: skip
    return [(title, [line for line in lines if line]) for title, lines in boxes]


def _cut(cut: str | Sequence[float]) -> str:
    if isinstance(cut, str):
        return cut
    high, low = cut
    return f"own shares, {high:.1%} high and {low:.1%} low"


def _pca(result: RiskResult) -> list[str]:
    found = result.pca
    if found.kmo is None:
        return list(found.reasons) or ["not computed"]
    lines = [f"KMO {found.kmo:.3f}, {'suitable' if found.suitable else 'not suitable'}"]
    if found.bartlett_p is not None:
        lines.append(
            f"Bartlett's test p {'below 0.001' if found.bartlett_p < 0.001 else f'= {found.bartlett_p:.3f}'}"
        )
    forced = ["ranked by PCA all the same: forced"] if found.forced else []
    return [*lines, *found.reasons, *forced]


def draw_workflow(boxes: Sequence[tuple[str, Sequence[str]]]) -> str:
    """Return the boxes, one under the other, as an SVG document.

    Parameters
    ----------
    boxes : sequence of (heading, lines)
        Long lines are broken, never cut.
    """
    wrapped = [
        (
            title,
            [
                part
                for line in lines
                for part in textwrap.wrap(line, _LETTERS, subsequent_indent="  ") or [""]
            ],
        )
        for title, lines in boxes
    ]
    heights = [_PAD * 2 + 20 + _LINE * len(lines) for _, lines in wrapped]
    height = _TOP + sum(heights) + _GAP * (len(heights) - 1) + 30
    x, centre = (WIDTH - _BOX) / 2, WIDTH / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="flow-title flow-text" font-family="{FONT}" fill="{palette.INK}">',
        f'<title id="flow-title">{TITLE}</title><desc id="flow-text">'
        f"{clean('. '.join(f'{title}: {chr(59).join(lines)}' for title, lines in boxes))}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="{palette.PAPER}"/>',
        f'<text x="20" y="32" font-size="20" font-weight="600">{TITLE}</text>',
    ]
    y = float(_TOP)
    for place, ((title, lines), tall) in enumerate(zip(wrapped, heights, strict=True)):
        if place:
            parts.append(
                f'<path d="M{centre} {y - _GAP + 3}V{y - 9}" stroke="{palette.MUTED}" stroke-width="1.5"/>'
                f'<path d="M{centre} {y - 3}l-5 -8h10z" fill="{palette.MUTED}"/>'
            )
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_BOX}" height="{tall}" rx="5" fill="none" stroke="{palette.BRAND}" '
            f'stroke-width="1.5"/><text x="{x + _PAD}" y="{y + _PAD + 12}" font-size="14" font-weight="600">{clean(title)}</text>'
        )
        for k, line in enumerate(lines):
            parts.append(
                f'<text x="{x + _PAD}" y="{y + _PAD + 32 + _LINE * k}" font-size="12.5" xml:space="preserve">{clean(line)}</text>'
            )
        y += tall + _GAP
    return "".join([*parts, "</svg>"])
