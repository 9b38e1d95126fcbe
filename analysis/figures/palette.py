"""The colours of maps and charts. One scale for risk everywhere: darker means higher risk."""

from __future__ import annotations

# Lightness falls evenly from first to last, so the order holds in greyscale and for every kind of
# colour vision.
RISK = ("#fbeedd", "#f6d7b4", "#efb98b", "#de9266", "#c26a48", "#9a4130", "#661c1e")
TIERS = {"High": "#7a2523", "Medium": "#d98a5e", "Low": "#f8e1c6"}
TIER_LETTERS = {"High": "H", "Medium": "M", "Low": "L"}
COVERAGE = ("#e9f4f1", "#c4e2dd", "#96cac7", "#62abae", "#378891", "#1b6372", "#0b3e4f")
DIFFERENCE = ("#5b3a8c", "#8f77b5", "#c6bada", "#f2f0ee", "#f3c79a", "#dc9145", "#a75f10")
NO_DATA = "#ececea"
NO_DATA_LINE = "#8d8d88"
INK = "#1f2a2e"
MUTED = "#57656a"
LINE = "#d4dadb"
PAPER = "#ffffff"
WARD_LINE = "#ffffff"
LGA_LINE = "#2f3b40"
BRAND = "#0d5c63"


def scale(colours: tuple[str, ...], classes: int) -> list[str]:
    """Return `classes` colours spread over the scale, lightest and darkest included."""
    if classes == 1:
        return [colours[-1]]
    last = len(colours) - 1
    return [colours[round(i * last / (classes - 1))] for i in range(classes)]
