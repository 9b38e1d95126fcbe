"""A report as PDF: tagged (PDF/UA-1), A4, fonts embedded, set by Typst in a folder of its own."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import typst

from analysis.readers.text import strip_controls
from reports.core.document import Bullets, Heading, Paragraph, Picture, Report, Signatures, Table
from reports.renderers import fonts

TEMPLATE = Path(__file__).with_name("report.typ")
# Width and height of the text on the page [cm]; a picture leaves room for its caption.
_WIDTH, _HEIGHT = 17.0, 22.5
_LONG_PART = 16
_LONG = re.compile(rf"\S{{{_LONG_PART},}}")
_HOP = "\u200b"
_RUNNING = 90


def write_pdf(report: Report, path: Path, folder: Path) -> Path:
    """Write a report as PDF.

    Parameters
    ----------
    folder : Path
        An empty folder. Typst can read nothing outside it; no font of the machine and no package is used.
    """
    root = _prepared(report, folder)
    compiler = typst.Compiler(
        root / TEMPLATE.name,
        root=root,
        font_paths=[fonts.unpack(_made(root / "fonts"))],
        ignore_system_fonts=True,
        package_path=_made(root / "packages"),
        package_cache_path=_made(root / "packages"),
    )
    compiler.compile(output=path, format="pdf", pdf_standards=["ua-1"])
    return path


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _prepared(report: Report, folder: Path) -> Path:
    """Put the template, the texts and the pictures into the folder."""
    shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
    pictures = _made(folder / "pictures")
    blocks = []
    for number, block in enumerate(report.blocks):
        if isinstance(block, Picture):
            name = f"{number:03d}.svg"
            (pictures / name).write_text(block.svg, encoding="utf-8")
            blocks.append(_block(block) | {"file": f"pictures/{name}"})
        else:
            blocks.append(_block(block))
    data = {
        "language": report.language,
        "title": report.title,
        "subtitle": report.subtitle,
        "warning": report.warning,
        "facts": report.facts,
        "contents": report.contents,
        "page": report.page,
        "running": shortened(report.running),
        "blocks": blocks,
    }
    (folder / "report.json").write_text(json.dumps(_texts(data), ensure_ascii=False), encoding="utf-8")
    return folder


def _block(block: Any) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": block.text, "new_page": block.new_page}
        case Paragraph():
            return {"kind": "paragraph", "text": block.text, "small": block.small}
        case Bullets():
            return {"kind": "bullets", "items": block.items}
        case Table():
            columns = [{"title": c.title, "side": c.side, "share": c.share} for c in block.columns]
            return {
                "kind": "table", "columns": columns, "rows": block.rows, "caption": block.caption,
                "total": block.total, "small": block.small,
            }  # fmt: skip
        case Picture():
            width = min(block.share, _HEIGHT / (block.ratio * _WIDTH))
            return {"kind": "picture", "width": width, "caption": block.caption, "alt": block.alt}
        case Signatures():
            return {"kind": "signatures", "columns": block.columns, "people": block.people}
    raise TypeError(type(block).__name__)


def _texts(value: Any) -> Any:
    """The same with texts that can be set: no control characters, and words that may break."""
    if isinstance(value, dict):
        return {key: item if key == "file" else _texts(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(item) for item in value]
    return breakable(strip_controls(value)) if isinstance(value, str) else value


def shortened(text: str) -> str:
    """Return a text that fits on the one line above each page."""
    return text if len(text) <= _RUNNING else f"{text[: _RUNNING - 1]}…"


def breakable(text: str) -> str:
    """Return the text with invisible places to break in words too long for a column."""
    return _LONG.sub(_with_hops, text)


def _with_hops(found: re.Match[str]) -> str:
    """Compounds of plain words break at their hyphens by themselves; codes don't, for figures hold on to theirs."""
    parts = found[0].split("-")
    if all(part.isalpha() and len(part) < _LONG_PART for part in parts):
        return found[0]
    return _HOP.join(re.findall(r".{1,6}", found[0]))
