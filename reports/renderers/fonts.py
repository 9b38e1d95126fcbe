"""The font of a report: FiraGO (SIL Open Font License), with Latin, Hausa's hooked letters, Arabic and more."""

from pathlib import Path

import pymupdf_fonts

FAMILY = "FiraGO"
_FACES = (("figo", "FiraGO-Regular.ttf"), ("figbo", "FiraGO-Bold.ttf"))


def unpack(folder: Path) -> Path:
    """Write the faces into an existing folder, which is returned."""
    for code, name in _FACES:
        (folder / name).write_bytes(pymupdf_fonts.myfont(code))
    return folder
