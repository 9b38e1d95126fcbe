"""One drawing, one document: whichever process draws it, and however many it has drawn before."""

from __future__ import annotations

import re

_REFERRED = re.compile(r'(?<=[#"])((?:gradient|clip)_?)(\d+)(?=[)"])')


def counted_anew(svg: str) -> str:
    """Return the document with the drawing engine's ids counted from 0 in the order in which they appear.

    The engine counts gradients and clips over the life of its process, so that the same figure had other bytes, and
    another hash, on each worker.
    """
    given: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        return given.setdefault(found[0], f"{found[1]}{len(given)}")

    return _REFERRED.sub(renamed, svg)
