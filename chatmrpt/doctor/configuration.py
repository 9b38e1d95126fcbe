"""What can be told without asking any service: settings, packages, static files, language models, disks."""

import json
import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.conf import settings
from django.core.checks import ERROR, run_checks
from packaging.requirements import Requirement

from chatmrpt.doctor.findings import Finding, ok, warning, wrong
from sessions_app.isolation.tempfolders import temp_root

ENOUGH_FREE, LEAST_FREE = 2 * 1024**3, 256 * 1024**2
FULLEST, FULL = 0.9, 0.98
PINS = "constraints.txt"


def settings_are_right() -> Iterator[Finding]:
    name = "settings"
    # Without databases: they have checks of their own here.
    for message in run_checks(include_deployment_checks=settings.PRODUCTION):
        found = wrong if message.level >= ERROR else warning
        yield found(name, f"{message.id}: {message.msg}", message.hint or "see the settings reference")
    keys = [settings.SECRET_KEY.encode(), *settings.CLAIM_KEYS.values(), *settings.TASK_KEYS.values()]
    if len(set(keys)) < len(keys):
        yield warning(name, "two of the keys are the same", "give each a value of its own (key rotation)")
    else:
        yield ok(name, f"mode {settings.MODE}, code {settings.CODE_VERSION}")


def packages_are_as_pinned() -> Iterator[Finding]:
    name, pins = "versions", settings.BASE_DIR / PINS
    told = f"Python {platform.python_version()}, Django {version('django')}"
    if not pins.exists():
        yield warning(name, f"{told}; {PINS} is missing", f"take {PINS} along with the code")
        return
    lines = (line.partition("#")[0].strip() for line in pins.read_text().splitlines())
    other = [one.name for one in map(Requirement, filter(None, lines)) if _differs(one)]
    if other:
        shown = ", ".join(other[:5])
        mend = "make setup, or pip install -r requirements.txt -c constraints.txt"
        yield warning(name, f"{told}; {len(other)} packages in other versions: {shown}", mend)
    else:
        yield ok(name, told)


def _differs(pinned: Requirement) -> bool:
    """True if it is there in another version; a package that isn't needed here may be missing."""
    try:
        found = version(pinned.name)
    except PackageNotFoundError:
        return False
    return not pinned.specifier.contains(found, prereleases=True)


def static_files_are_collected() -> Iterator[Finding]:
    name, mend = (
        "static files",
        "manage.py collectstatic --no-input, with the STATIC_ROOT of the web processes",
    )
    if settings.MODE == "test":
        yield ok(name, "served from their sources in tests")
        return
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    try:
        known = json.loads(manifest.read_text())["paths"].values()
    except (OSError, ValueError, KeyError):
        yield wrong(name, "there is no readable manifest in STATIC_ROOT", mend)
        return
    missing = [path for path in known if not (manifest.parent / path).is_file()]
    if missing:
        yield wrong(name, f"{len(missing)} of {len(known)} files of the manifest are missing", mend)
    else:
        yield ok(name, f"{len(known)} files")


def disks_have_room() -> Iterator[Finding]:
    places = {"state": settings.STATE_FOLDER, "temporary files": temp_root()}
    if settings.STORAGE == "filesystem":
        places["stored files"] = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
    for place, folder in places.items():
        name = f"disk: {place}"
        there = next((path for path in (folder, *folder.parents) if path.is_dir()), Path("/"))
        usage = shutil.disk_usage(there)
        free = f"{usage.free / 1024**3:.1f} GB free of {usage.total / 1024**3:.1f}"
        mend = "free some or enlarge the disk (runbook: full disk)"
        if usage.free < LEAST_FREE or usage.used / usage.total > FULL:
            yield wrong(name, free, mend)
        elif usage.free < ENOUGH_FREE or usage.used / usage.total > FULLEST:
            yield warning(name, free, mend)
        else:
            yield ok(name, free)


def privacy_is_told() -> Iterator[Finding]:
    silent = [f"PRIVACY_{name.upper()}" for name, value in settings.PRIVACY.items() if not value]
    if silent and settings.PRODUCTION:
        told = f"says that nobody has told it: {', '.join(silent)}"
        yield warning("privacy notice", told, "set them to what is true (privacy reference)")
    else:
        yield ok("privacy notice", "all told" if not silent else "not asked for outside production")


def language_models_are_configured() -> Iterator[Finding]:
    name, models = "language models", settings.LANGUAGE_MODELS
    if not models:
        yield ok(name, "none configured; questions are answered by commands alone")
        return
    for title, model in models.items():
        told = f"{title}: {model['model']} over {model['protocol']}"
        if model["prices"] is None:
            yield warning(name, f"{told}; costs stay unknown", f"set LANGUAGE_MODEL_{title.upper()}_PRICES")
        else:
            yield ok(name, told)
    if settings.LANGUAGE_BUDGET["all_tokens"] == 0:
        yield warning(name, "the budget is 0: no model is ever asked", "set LANGUAGE_TOKENS_FOR_ALL")
