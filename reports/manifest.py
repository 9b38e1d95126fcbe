"""The manifest of a data package: what it holds, with checksums, and the way from its inputs to its numbers.

Format 1. `files` lists every other file of the package. `steps` stand in the order in which they are computed; each
names its inputs by path or by the id of an earlier step, its parameters as they were stored, under `expected` the
tables that it must give again, and for a plan under `figures` its totals and curve; under `split` how good a best split
was proven to be.
"""

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.core.errors import BadInput
from sessions_app.checksums import sha256_of

FORMAT = "chatmrpt-package"
VERSION = 1
NAME = "manifest.json"
LIBRARIES = ("numpy", "pandas", "scipy", "geopandas", "shapely", "pyproj", "pyarrow", "rapidfuzz")
STEP_KINDS = ("dataset", "risk", "itn_plan")


def versions() -> dict[str, str]:
    """What the numbers depend on besides our own code."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in LIBRARIES
    }


def listed(root: Path) -> list[dict[str, Any]]:
    """Every file below a folder, with size and checksum."""
    return [
        {"path": path.relative_to(root).as_posix(), "bytes": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != NAME
    ]


def write(root: Path, about: Mapping[str, Any], steps: list[dict[str, Any]]) -> Path:
    """Write the manifest into the folder of a package whose other files are all there."""
    whole = {
        "format": FORMAT,
        "format_version": VERSION,
        **about,
        "libraries": versions(),
        "steps": steps,
        "files": listed(root),
    }
    path = root / NAME
    path.write_text(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> dict[str, Any]:
    """A manifest that can be followed; refuses one that names files outside its folder."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise refused("It can't be read as JSON.") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise refused("It is not the manifest of a data package.")
    if found.get("format_version") != VERSION:
        raise refused(
            f"Its format is version {found.get('format_version')}; this program reads version {VERSION}."
        )
    steps, files = found.get("steps"), found.get("files")
    if not isinstance(steps, list) or not isinstance(files, list) or not steps:
        raise refused("It lists no steps or no files.")
    for entry in files:
        if not isinstance(entry, dict) or not isinstance(entry.get("sha256"), str):
            raise refused("A file of it has no checksum.")
        inside(entry.get("path"))
    for step in steps:
        _check_step(step)
    return found


def _check_step(step: Any) -> None:
    usable = (
        isinstance(step, dict) and step.get("kind") in STEP_KINDS and isinstance(step.get("params"), dict)
    )
    if not usable or not isinstance(step.get("id"), str) or not isinstance(step.get("inputs"), dict):
        raise refused("A step of it can't be followed.")
    for entry in [*step["inputs"].values(), *step.get("expected", {}).values()]:
        inside(entry.get("path") if isinstance(entry, dict) else entry)
    if not all(isinstance(step.get(name) or {}, dict) for name in ("figures", "split")):
        raise refused("A step of it can't be followed.")


def inside(path: Any) -> str:
    """The path of a file of the package; refuses any that leads out of it."""
    parts = PurePosixPath(path).parts if isinstance(path, str) else ()
    if not parts or path.startswith("/") or "\\" in path or ".." in parts or ":" in path or "\x00" in path:
        raise refused(f"It names “{str(path)[:80]}”, which is no file of the package.")
    return str(path)


def refused(detail: str) -> BadInput:
    """The manifest can't be used."""
    return BadInput(
        "bad_manifest", "This data package can't be used", detail,
        "Use a package as the program made it, or its manifest.json with all files beside it.", where=NAME,
    )  # fmt: skip
