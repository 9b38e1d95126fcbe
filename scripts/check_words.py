"""Refuses words and paths that have no business in the repository, in every file that git tracks or would add."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKIPPED_FOLDERS = {"__pycache__", "node_modules", "test-artifacts", "out", "site", "staticfiles"}
KEPT_DOT_FOLDERS = {".ci", ".github"}
SKIPPED_SUFFIXES = {".png", ".jpg", ".ico", ".gpkg", ".zip", ".xlsx", ".xls", ".parquet", ".woff2", ".pyc"}
DRAWERS = {"utils.py", "helpers.py", "services.py", "manager.py", "managers.py", "common.py", "misc.py"}

# Spelt in pieces, so that this file doesn't find itself.
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:wo" r"rk|ro" r"ot|ho" r"me)/[a-z]"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "an unresolved merge": re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE),
    "a reminder instead of work": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"),
}


def files() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*")) if path.is_file() and _ours(path.relative_to(ROOT))]


def _ours(path: Path) -> bool:
    hidden = {part for part in path.parts[:-1] if part.startswith(".")} - KEPT_DOT_FOLDERS
    return not hidden and not SKIPPED_FOLDERS & set(path.parts) and path.suffix not in SKIPPED_SUFFIXES


def main() -> int:
    wrong = []
    for path in files():
        name = path.relative_to(ROOT)
        if path.name in DRAWERS:
            wrong.append(f"{name}: the file's name doesn't say what it does")
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for meaning, pattern in FORBIDDEN.items():
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                wrong.append(f"{name}:{line}: {meaning}: {found.group()[:40]!r}")
    print("\n".join(wrong) or "no forbidden words or paths")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
