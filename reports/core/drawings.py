"""Stored drawings made fit for paper: one font, no hidden texts, patterns beside colours, the report's language."""

from __future__ import annotations

import re

from reports.core.messages_figures import PHRASES, VARIABLES, WORDS

_HIDDEN = re.compile(r"<title[ >].*?</title>|<desc[ >].*?</desc>|<title/>|<desc/>", re.DOTALL)
_WARD = re.compile(r' data-ward="[^"]*"')
_FONT = re.compile(r'font-family="[^"]*"')
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|(?<![\d.,])\d+\.\d+(?![\d.])")
_MEASURE = re.compile(r"[\d.,\s–−%+-]+(?: wards?| km)?")
_TEXT = re.compile(r"(<(?:text|tspan)\b[^>]*>)([^<]+)(?=<)")
# Charts write "px" and have their room measured out; maps and box plots have some to spare.
_SIZE = re.compile(r'font-size="(?:11|12|13)"')
_SMALLEST = 15
_NAMES = re.compile(r'(<g id="lga-names" font-size=")([\d.]+)"')
_LARGER = 1.25
# Colours that grey paper can't tell from their neighbours get a pattern: lines, dots, crosses.
_PATTERNS = {
    "#e08a4f": '<path d="M0 3h6" stroke="#1f2a2e" stroke-width="1.1"/>',
    "#b9a9d3": '<circle cx="3" cy="3" r="1.1" fill="#1f2a2e"/>',
    "#d9c5a0": '<path d="M3 0v6M0 3h6" stroke="#1f2a2e" stroke-width="0.6"/>',
    # Losses of coverage, which are as light or dark as gains: few, many and crossing lines.
    "#f3c79a": '<path d="M0 6L6 0" stroke="#1f2a2e" stroke-width="0.5"/>',
    "#dc9145": '<path d="M-1 1L1 -1M0 6L6 0M5 7L7 5M0 3L3 0M3 6L6 3" stroke="#1f2a2e" stroke-width="0.8"/>',
    "#8a4708": '<path d="M0 6L6 0M0 0L6 6" stroke="#ffffff" stroke-width="1.2"/>',
}
_UNITS = re.compile(r'<g transform="translate\([^)]*\) scale\(([\d.]+)\)">')


def for_paper(svg: str, language: str, font: str) -> str:
    """Return a drawing as a report shows it.

    Parameters
    ----------
    svg : str
        A stored drawing of this program.
    language : {"en", "fr"}
        Its words and the spaces in its numbers are put into this language.
    font : str
        Family of all its texts.

    Notes
    -----
    What the drawing says in words stands beside it as the alternative text of the picture.
    """
    out = _FONT.sub(f'font-family="{font}"', _WARD.sub("", _HIDDEN.sub("", svg)))
    out = _SIZE.sub(f'font-size="{_SMALLEST}"', out)
    out = _NAMES.sub(lambda found: f'{found[1]}{float(found[2]) * _LARGER:g}"', out)
    out = _patterned(out)
    return _TEXT.sub(lambda found: found[1] + _in_french(found[2]), out) if language == "fr" else out


def _patterned(svg: str) -> str:
    scale = _UNITS.search(svg)
    if scale is None:
        return svg
    made = []
    wards = svg.find('<g id="legend"')
    head, tail = (svg[:wards], svg[wards:]) if wards > 0 else (svg, "")
    for number, (colour, marks) in enumerate(_PATTERNS.items()):
        if f'fill="{colour}"' not in svg:
            continue
        for name, factor in ((f"p{number}", 1 / float(scale[1])), (f"k{number}", 1.0)):
            made.append(
                f'<pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse" '
                f'patternTransform="scale({factor:g})"><rect width="6" height="6" fill="{colour}"/>{marks}</pattern>'
            )
        head = head.replace(f'fill="{colour}"', f'fill="url(#p{number})"')
        tail = tail.replace(f'fill="{colour}"', f'fill="url(#k{number})"')
    return (head + tail).replace("<defs>", "<defs>" + "".join(made), 1)


def _in_french(text: str) -> str:
    """Return a text of a drawing in French; names and what is not known stay as they are."""
    plain = text.strip()
    if plain in WORDS or plain in VARIABLES:
        return text.replace(plain, WORDS.get(plain) or VARIABLES[plain])
    if _MEASURE.fullmatch(plain):
        return _numbers_in_french(text)
    for pattern, french in PHRASES:
        found = re.fullmatch(pattern, plain)
        if found:
            parts = [VARIABLES.get(part, WORDS.get(part, part)) for part in found.groups(default="")]
            return _numbers_in_french(french.format(*parts))
    return text


def _numbers_in_french(text: str) -> str:
    return _NUMBER.sub(lambda found: found[0].replace(",", "\u202f").replace(".", ","), text)


def variable_name(label: str, language: str) -> str:
    """Return the name of a variable in a language; one of the user's own stays as it is."""
    return VARIABLES.get(label, label) if language == "fr" else label
