"""Where a stack keeps its state, and as whom its services run."""

import hashlib
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_STATE = Path("/var/lib")


@dataclass(frozen=True)
class ServiceUser:
    """Whom PostgreSQL and Valkey run as. PostgreSQL refuses root, so root steps down to nobody."""

    uid: int
    gid: int

    @property
    def differs(self) -> bool:
        return self.uid != os.geteuid()


def service_user() -> ServiceUser:
    if os.geteuid() != 0:
        return ServiceUser(os.geteuid(), os.getegid())
    nobody = pwd.getpwnam("nobody")
    return ServiceUser(nobody.pw_uid, nobody.pw_gid)


def reachable_by_others(path: Path) -> bool:
    """True if any user may pass through every folder above `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


def state_folder() -> Path:
    """CHATMRPT_STATE; else .state in the checkout; else, where nobody can't reach that, under /var/lib."""
    if chosen := os.environ.get("CHATMRPT_STATE", "").strip():
        return Path(chosen).resolve()
    beside = CHECKOUT / ".state"
    if service_user().differs and not reachable_by_others(beside):
        mark = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
        return SYSTEM_STATE / f"chatmrpt-{mark}"
    return beside


def make_state_folder(path: Path) -> Path:
    """Create the folder. As root others may pass through it, but never list it."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711 if service_user().differs else 0o700)
    if service_user().differs and not reachable_by_others(path):
        raise SystemExit(
            f"The state folder {path} lies inside a folder that the user nobody can't enter, and PostgreSQL "
            "refuses to run as root. Set CHATMRPT_STATE to a folder elsewhere, for example /var/lib/chatmrpt."
        )
    return path


def make_private(path: Path, user: ServiceUser | None = None) -> Path:
    """Create a folder that only we, or only `user`, can enter."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    if user is not None and user.differs:
        os.chown(path, user.uid, user.gid)
    return path


def write_private(path: Path, text: str, user: ServiceUser | None = None) -> Path:
    """Write a file that was never readable by others, not even for a moment."""
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
    if user is not None and user.differs:
        os.chown(partial, user.uid, user.gid)
    partial.replace(path)
    return path
