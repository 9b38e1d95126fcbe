"""The diagram of who imports whom, drawn from the imports themselves: layers from top to bottom, an arc for each pair."""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
WIDTH, BOX_WIDTH, BOX_HEIGHT, GAP, TOP = 760, 220, 40, 34, 20
FILL, LINE, INK = "#eef3f8", "#3a6ea5", "#1d2733"


def layers() -> list[str]:
    """The packages from the top to the bottom, as the contract in pyproject.toml names them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(list(one["layers"]) for one in contracts if one["type"] == "layers")


def imports(packages: list[str]) -> dict[tuple[str, str], int]:
    """How many modules of one package import something of another."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    pairs: dict[tuple[str, str], set[str]] = {}
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            left, right = module.partition(".")[0], other.partition(".")[0]
            if left != right and ".tests" not in module:
                pairs.setdefault((left, right), set()).add(module)
    return {pair: len(modules) for pair, modules in sorted(pairs.items())}


def drawing() -> str:
    packages = layers()
    middle = {
        name: TOP + number * (BOX_HEIGHT + GAP) + BOX_HEIGHT / 2 for number, name in enumerate(packages)
    }
    height = int(TOP * 2 + len(packages) * (BOX_HEIGHT + GAP) - GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="14"><title>Who imports whom</title>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{LINE}"/></marker></defs>',
    ]
    for (upper, lower), count in imports(packages).items():
        parts.append(_arc(middle[upper], middle[lower], count))
    for name, y in middle.items():
        parts.append(
            f'<rect x="20" y="{y - BOX_HEIGHT / 2:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" '
            f'fill="{FILL}" stroke="{LINE}"/>'
            f'<text x="{20 + BOX_WIDTH / 2:g}" y="{y + 5:g}" text-anchor="middle" fill="{INK}">{escape(name)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _arc(start: float, end: float, count: int) -> str:
    edge, reach = 20 + BOX_WIDTH, 40 + abs(end - start) * 0.75
    thick = 1 + min(count, 40) / 12
    shift = 7 if end > start else -7
    path = f"M{edge} {start + shift:g}C{edge + reach:g} {start + shift:g} {edge + reach:g} {end - shift:g} {edge + 2} {end - shift:g}"
    x, y = edge + reach * 0.75, (start + end) / 2
    return (
        f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="{thick:.1f}" opacity="0.65" marker-end="url(#end)"/>'
        f'<text x="{x + 4:g}" y="{y + 4:g}" fill="{INK}" font-size="11">{count}</text>'
    )
