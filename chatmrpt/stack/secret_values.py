"""The stack's own passwords and keys: made once, kept in one file that only we can read."""

import json
import secrets
from pathlib import Path

from chatmrpt.stack.folders import write_private

NAMES = (
    "secret_key",
    "claim_key",
    "task_key",
    "superuser_password",
    "owner_password",
    "web_password",
    "staff_password",
    "system_password",
    "backup_password",
    "valkey_password",
    "demo_password",
)


def load_or_make(state: Path) -> dict[str, str]:
    file = state / "secrets.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in NAMES if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(12 if name == "demo_password" else 36) for name in missing}
        write_private(file, json.dumps(known, indent=2) + "\n")
    return known
