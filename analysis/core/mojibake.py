"""Double-encoded text (“mojibake”): UTF-8 that a program took for Windows-1252 and wrote as UTF-8 again."""

from __future__ import annotations

import re

# What the bytes 0x80–0x9F are in Windows-1252; the five that it leaves open stay control characters, as programs do.
_BYTE_OF = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
# The UTF-8 of Latin letters, of the dotted letters of Yoruba and Igbo, and of signs such as ’ – ₦ ™ − ≥.
_SEQUENCES = (
    rb"[\xc2\xc3][\x80-\xbf]|\xe1[\xb8-\xbb][\x80-\xbf]|\xe2(?:\x80|\x82|\x84|\x86|\x88|\x89)[\x80-\xbf]"
    # Of what the second encoding makes of Œ œ Š š Ÿ Ž ž ƒ ˆ ˜; by itself no proof.
    rb"|\xc5[\x92\x93\xa0\xa1\xb8\xbd\xbe]|\xc6\x92|\xcb[\x86\x9c]"
)
_DOUBLED = re.compile(rb"(?:[\x00-\x7f]|" + _SEQUENCES + rb")+")
# Ã before an ellipsis, a dash, an apostrophe, a hard space or a closing mark, á before two of such or a note's number:
# somebody may have written just that.
_MAYBE_MEANT = re.compile(
    rb"\xc3[\x85\x92\x94-\x97\x99\x9b\xa0\xbb]|\xe1(?:\xbb[\x85\x92\x94-\x97\x9b]|\xb9[\xb2\xb3\xb9])|[\xc5\xc6\xcb][\x80-\xbf]"
)
_CONTROLS = re.compile("[\x80-\x9f]")


def repair_mojibake(text: str) -> str:
    """Return double-encoded text as it was meant, and any other text as it is.

    A text is taken for double-encoded only if it is the UTF-8 of something from its first to its last
    letter, and if at least one of its sequences is nothing that anybody writes: ``SÃO`` and ``MANHÃ…`` are not.

    Parameters
    ----------
    text : str
        A header or a cell.

    Returns
    -------
    str
        Repaired as often as it was encoded too often.

    Examples
    --------
    >>> repair_mojibake("GaÃ±a")
    'Gaña'
    >>> repair_mojibake("Ã¢â€°Â¥5yrs")
    '≥5yrs'
    >>> repair_mojibake("SÃO TOMÉ")
    'SÃO TOMÉ'
    """
    repaired = text
    while not repaired.isascii():
        once = _decoded_once(repaired)
        if once is None:
            break
        repaired = once
    # A control character is nothing that anybody meant.
    return text if _CONTROLS.search(repaired) and not _CONTROLS.search(text) else repaired


def _decoded_once(text: str) -> str | None:
    try:
        raw = text.translate(_BYTE_OF).encode("latin-1")
    except UnicodeEncodeError:
        return None
    if not _DOUBLED.fullmatch(raw) or _MAYBE_MEANT.sub(b"", raw).isascii():
        return None
    return raw.decode("utf-8")
