"""Stored drawings made fit for paper: one font, no hidden texts, patterns beside colours, the report's language."""

from __future__ import annotations

import html
import re
import textwrap

from reports.core.legends import roomy
from reports.core.messages_figures import PHRASES, VARIABLES, WORDS

_HIDDEN = re.compile(r"<title[ >].*?</title>|<desc[ >].*?</desc>|<title/>|<desc/>", re.DOTALL)
_WARD = re.compile(r' data-ward="[^"]*"')
_FONT = re.compile(r'font-family="[^"]*"')
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|(?<![\d.,])\d+\.\d+(?![\d.])")
_MEASURE = re.compile(r"[\d.,\s–−%+-]+(?: wards?| km)?")
_BODY = r"(?:<tspan\b[^>]*>[^<]*</tspan>)+|[^<]*"
_TEXT = rf"<text\b([^>]*)>({_BODY})</text>"
_RUN = re.compile(rf"(?:<text\b[^>]*>(?:{_BODY})</text>)+")
_TSPAN = re.compile(r"<tspan\b([^>]*)>([^<]*)</tspan>")
_LEGEND = re.compile(r'<g id="legend".*?</g>', re.DOTALL)
_Y, _DY = re.compile(r' y="([\d.]+)"'), re.compile(r' dy="([\d.]+)"')
# Letters that a line has room for beside a map, in a box of a diagram, above a chart and beside its axis.
_BESIDE, _BESIDE_BOLD, _IN_BOX, _ABOVE, _AXIS = 29, 26, 64, 100, 24
_LEAST_SCALE = 0.83
_BOX = re.compile(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="[\d.]+" rx=')
_CANVAS = re.compile(r'viewBox="0 0 [\d.]+ ([\d.]+)" width="[\d.]+"(?: height="[\d.]+")?')
# The caption below a picture says it, too.
_HEADING = re.compile(r'<text\b[^>]* font-size="20"[^>]*>[^<]*</text>')
_BESIDE_BOX = 8
# Charts write "px" and have their room measured out; maps and box plots have some to spare.
_SIZE = re.compile(r'font-size="(?:11|12|13)"')
_SMALLEST = 15
_NAMES = re.compile(r'(<g id="lga-names" font-size=")([\d.]+)"')
_LARGER = 1.25
# From one line of a legend to the next. [px]
_LINE = 18
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
    return roomy(french(out) if language == "fr" else out)


def boxes_alone(svg: str) -> str:
    """Return a diagram of boxes, one under the other, without its heading and the paper around it."""
    box = _BOX.search(svg)
    if box is None:
        return svg
    left, top, width = (
        float(box[1]) - _BESIDE_BOX,
        float(box[2]) - _BESIDE_BOX,
        float(box[3]) + 2 * _BESIDE_BOX,
    )

    def canvas(found: re.Match[str]) -> str:
        height = float(found[1]) - top
        return f'viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'

    return _CANVAS.sub(canvas, _HEADING.sub("", svg), count=1)


def french(svg: str) -> str:
    """Return a drawing with its texts in French; lines that were one text are put together, said and parted again."""
    parts, at = [], 0
    for legend in _LEGEND.finditer(svg):
        parts += [_runs(svg[at : legend.start()], legend=False), _runs(legend[0], legend=True)]
        at = legend.end()
    return "".join([*parts, _runs(svg[at:], legend=False)])


def _runs(svg: str, *, legend: bool) -> str:
    return _RUN.sub(lambda found: _run(found[0], legend=legend), svg)


def _run(run: str, *, legend: bool) -> str:
    """Texts that follow each other: those that differ in height alone may be lines of one."""
    elements: list[tuple[str, str]] = re.findall(_TEXT, run)
    said, at = [], 0
    while at < len(elements):
        attributes, body = elements[at]
        end = at + 1
        if body.startswith("<tspan"):
            said.append(f"<text{attributes}>{_tspans(body)}</text>")
        else:
            while end < len(elements) and _alike(attributes, elements[end]):
                end += 1
            said.append(_lines(elements[at:end], legend=legend))
        at = end
    return "".join(said)


def _alike(attributes: str, element: tuple[str, str]) -> bool:
    placed = _Y.search(attributes) and _Y.search(element[0])
    return bool(
        placed and not element[1].startswith("<tspan") and _Y.sub("", attributes) == _Y.sub("", element[0])
    )


def _pieces(lines: list[str], *, indented: bool = False) -> list[tuple[int, int, str]]:
    """Which lines are one text, and it in French: of lines that could be several, the longest text that is known.

    `indented`: only a line that begins with spaces goes on with the one before it.
    """
    pieces, at = [], 0
    while at < len(lines):
        # Numbers never begin a text that goes on below them.
        last = at + 1 if _MEASURE.fullmatch(lines[at].strip()) else len(lines)
        if indented:
            last = next((k for k in range(at + 1, last) if not lines[k].startswith("  ")), last)
        for end in range(last, at, -1):
            whole = re.sub(r"(?<=\w-) (?=\w)", "", " ".join(line.strip() for line in lines[at:end]))
            # Numbers in a column are no text that was broken.
            several = end > at + 1 and not _MEASURE.fullmatch(whole)
            said = _in_french(whole) if several or end == at + 1 else whole
            if said != whole or end == at + 1:
                pieces.append((at, end, said if said != whole else lines[at]))
                at = end
                break
    return pieces


def _lines(elements: list[tuple[str, str]], *, legend: bool) -> str:
    said, indented = [], 'xml:space="preserve"' in elements[0][0]
    for at, end, text in _pieces([body for _, body in elements], indented=indented):
        attributes = [one for one, _ in elements[at:end]]
        bold = 'font-weight="600"' in attributes[0]
        room = _BESIDE_BOLD if legend and bold else _BESIDE if legend else _IN_BOX
        # The title of a legend has room above it.
        above = 1 if legend and bold and at == 0 else 0
        wrapped = _wrapped(text, end - at, room, above)
        longest = max(map(len, wrapped))
        if legend and longest > room:
            size = f' font-size="{max(_LEAST_SCALE, room / longest) * _SMALLEST:.1f}"'
            attributes = [re.sub(r' font-size="[^"]*"', "", one) + size for one in attributes]
        if len(wrapped) > len(attributes):
            attributes.insert(0, _higher(attributes))
        said += [f"<text{one}>{line}</text>" for one, line in zip(attributes, wrapped, strict=False)]
    return "".join(said)


def _wrapped(text: str, lines: int, room: int, more: int = 0) -> list[str]:
    """Return a text on as many lines as it had, or a few more where there is room, as evenly as that takes."""
    if lines == 1 and (len(text) <= room or not more):
        return [text]
    for width in range(room, len(text) + 1):
        found = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if len(found) <= lines + (more if width < room + 4 else 0):
            return found
    return [text]


def _higher(attributes: list[str]) -> str:
    """The attributes of a line above the first."""
    heights = [float(found[1]) for found in map(_Y.search, attributes) if found]
    step = heights[1] - heights[0] if len(heights) > 1 else _LINE
    return _Y.sub(f' y="{heights[0] - step:g}"', attributes[0])


def _tspans(body: str) -> str:
    """The lines of one text of a chart; a label of an axis may take a line more, what stands above a chart may not."""
    spans: list[tuple[str, str]] = _TSPAN.findall(body)
    lines = [line for _, line in spans]
    label = max(map(len, lines)) <= _AXIS
    step = next((found[1] for attributes, _ in spans if (found := _DY.search(attributes))), "15")
    said: list[str] = []
    for at, end, text in _pieces(lines):
        said += _wrapped(text, end - at, _AXIS if label else max(_ABOVE, *map(len, lines)), int(label))
    first, then = spans[0][0], spans[1][0] if len(spans) > 1 else f' x="0" dy="{step}"'
    if any(not _DY.search(attributes) for attributes, _ in spans[1:]):
        return "".join(f"<tspan{own}>{_in_french(line)}</tspan>" for own, line in spans)
    return "".join(f"<tspan{then if k else first}>{line}</tspan>" for k, line in enumerate(said))


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
    plain = html.unescape(text.strip())
    said = _known(plain)
    return text if said is None else text.replace(text.strip(), html.escape(said, quote=False))


def _known(plain: str) -> str | None:
    if plain in WORDS or plain in VARIABLES:
        return WORDS.get(plain) or VARIABLES[plain]
    if _MEASURE.fullmatch(plain):
        return _numbers_in_french(plain)
    for pattern, french_words in PHRASES:
        found = re.fullmatch(pattern, plain)
        if found:
            parts = [VARIABLES.get(part, WORDS.get(part, part)) for part in found.groups(default="")]
            return _numbers_in_french(french_words.format(*parts))
    return None


def _numbers_in_french(text: str) -> str:
    return _NUMBER.sub(lambda found: found[0].replace(",", "\u202f").replace(".", ","), text)


def variable_name(label: str, language: str) -> str:
    """Return the name of a variable in a language; one of the user's own stays as it is."""
    return VARIABLES.get(label, label) if language == "fr" else label
