"""A report as one HTML file: pictures inside, no script, nothing fetched, made to be printed too."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import Any

from analysis.readers.text import strip_controls
from reports.core.document import Bullets, Heading, Paragraph, Picture, Report, Signatures, Table

_STYLE = """
body{font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:#1f2a2e;background:#fff;max-width:54rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{line-height:1.2}h2{margin-top:2.2rem}.sub{font-size:1.3rem;margin-top:0}.warning{border:2px solid;padding:.6rem;font-weight:700}
table{border-collapse:collapse;width:100%;font-size:.85rem;margin:.6rem 0 1.2rem}caption{text-align:left;color:#57656a;padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.2rem .4rem;border-bottom:1px solid #b9c2c4}thead th{border-bottom:2px solid}
.r{text-align:right;font-variant-numeric:tabular-nums}tfoot td{font-weight:700;border-top:2px solid}
figure{margin:1rem 0}img{max-width:100%;height:auto}figcaption,.small{color:#57656a;font-size:.85rem}
.wide{overflow-x:auto}.sign td{height:2.6rem;border:1px solid #b9c2c4}
@media print{@page{size:A4;margin:18mm}body{max-width:none;padding:0;font-size:10.5pt}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}thead{display:table-header-group}.new{break-before:page}}
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_html(report: Report, path: Path) -> Path:
    """Write a report as HTML."""
    head = (
        f'<!doctype html>\n<html lang="{report.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{_text(report.title)} – {_text(report.subtitle)}</title><style>{_STYLE}</style></head><body><main>"
    )
    facts = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>' for name, value in report.facts
    )
    warning = f'<p class="warning">{_text(report.warning)}</p>' if report.warning else ""
    headings = [block for block in report.blocks if isinstance(block, Heading) and block.level == 1]
    links = "".join(
        f'<li><a href="#c{k}">{_text(block.text)}</a></li>' for k, block in enumerate(headings, 1)
    )
    parts = [
        head,
        f'<h1>{_text(report.title)}</h1><p class="sub">{_text(report.subtitle)}</p>{warning}',
        f'<table><tbody>{facts}</tbody></table><nav aria-label="{_text(report.contents)}"><ol>{links}</ol></nav>',
    ]
    number = 0
    for block in report.blocks:
        number += isinstance(block, Heading) and block.level == 1
        parts.append(_drawn(block, number))
    path.write_text("\n".join([*parts, "</main></body></html>\n"]), encoding="utf-8")
    return path


def _text(text: str) -> str:
    return escape(strip_controls(text))


def _drawn(block: Any, number: int) -> str:
    match block:
        case Heading(level=1):
            return f'<h2 id="c{number}"{" class=new" if block.new_page else ""}>{number}. {_text(block.text)}</h2>'
        case Heading():
            return f"<h3>{_text(block.text)}</h3>"
        case Paragraph():
            return f"<p{' class=small' if block.small else ''}>{_text(block.text)}</p>"
        case Bullets():
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in block.items)}</ul>"
        case Table():
            return _table(block)
        case Picture():
            content = base64.b64encode(block.svg.encode()).decode()
            return (
                f'<figure><img alt="{_text(block.alt)}" src="data:image/svg+xml;base64,{content}" '
                f'style="width:{100 * block.share:.0f}%"><figcaption>{_text(block.caption)}</figcaption></figure>'
            )
        case Signatures():
            head = "".join(f'<th scope="col">{_text(column)}</th>' for column in block.columns)
            rows = "".join(
                f"<tr><td>{_text(who)}</td><td></td><td></td><td></td></tr>" for who in block.people
            )
            return f'<table class="sign"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    raise TypeError(type(block).__name__)


def _table(block: Table) -> str:
    sides = [' class="r"' if column.side == "right" else "" for column in block.columns]
    head = "".join(
        f'<th scope="col"{side}>{_text(column.title)}</th>'
        for side, column in zip(sides, block.columns, strict=True)
    )
    body = "".join(f"<tr>{_cells(row, sides)}</tr>" for row in block.rows)
    foot = f"<tfoot><tr>{_cells(block.total, sides)}</tr></tfoot>" if block.total else ""
    caption = f"<caption>{_text(block.caption)}</caption>" if block.caption else ""
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>'


def _cells(row: tuple[str, ...], sides: list[str]) -> str:
    return "".join(f"<td{side}>{_text(cell)}</td>" for side, cell in zip(sides, row, strict=True))
