"""What the analysis says to a person: refusals and notes.

A refusal (`BadInput`) stops the work and names the culprit and the way out; a `Note` lets the
work go on and is shown beside the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

MAX_EXAMPLES = 20


class BadInput(ValueError):
    """The given data cannot be analysed as they stand.

    Parameters
    ----------
    code : str
        Stable machine-readable name, such as ``"too_few_wards"``.
    title : str
        One short line, the same for every occurrence of `code`.
    detail : str
        What is wrong in this very case.
    fix : str
        What the person can do about it.
    where : str
        The culprit: file name, sheet, row, column or archive member.
    examples : sequence of str
        Offending values or suggestions; the first 20 are kept.
    """

    def __init__(
        self,
        code: str,
        title: str,
        detail: str,
        fix: str,
        *,
        where: str = "",
        examples: Sequence[str] = (),
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.title = title
        self.detail = detail
        self.fix = fix
        self.where = where
        self.examples = tuple(str(example) for example in examples[:MAX_EXAMPLES])

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would call the class with `detail` alone and fail between processes.
        return _rebuild, (self.code, self.title, self.detail, self.fix, self.where, self.examples)

    def problem(self) -> dict[str, Any]:
        """Return the refusal as a JSON-ready mapping."""
        return {
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "fix": self.fix,
            "where": self.where,
            "examples": list(self.examples),
        }


def _rebuild(code: str, title: str, detail: str, fix: str, where: str, examples: Sequence[str]) -> BadInput:
    return BadInput(code, title, detail, fix, where=where, examples=examples)


@dataclass(frozen=True)
class Note:
    """Something the person should know about a result that was nevertheless produced.

    `count` is how many wards, rows or cells it concerns; `examples` names up to 20 of them.
    """

    code: str
    severity: Literal["info", "warning"]
    message: str
    count: int = 0
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "examples", tuple(str(e) for e in self.examples[:MAX_EXAMPLES]))

    def as_dict(self) -> dict[str, Any]:
        """Return the note as a JSON-ready mapping."""
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "count": self.count,
            "examples": list(self.examples),
        }
