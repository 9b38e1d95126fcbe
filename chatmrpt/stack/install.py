"""Makes .venv and installs the pinned packages, when they changed. Runs on a bare Python, before any package is there.

python3 chatmrpt/stack/install.py          what a start needs
python3 chatmrpt/stack/install.py --dev    and what tests and checks need
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENT = CHECKOUT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
OLDEST = (3, 11)


def install(lists: list[str]) -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        create_environment()
    for name in lists:
        stamp = ENVIRONMENT / f".installed-{name}"
        wanted = fingerprint(CHECKOUT / name, CHECKOUT / "constraints.txt")
        if stamp.exists() and stamp.read_text() == wanted:
            continue
        print(f"Installing {name} …", file=sys.stderr, flush=True)
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
        call([*pip, "-r", str(CHECKOUT / name), "-c", str(CHECKOUT / "constraints.txt")])
        stamp.write_text(wanted)


def create_environment() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            "This Python can't make virtual environments. On Debian and Ubuntu: apt install python3-venv"
        )
    print("Creating .venv …", file=sys.stderr, flush=True)
    call([sys.executable, "-m", "venv", str(ENVIRONMENT)])


def fingerprint(*files: Path) -> str:
    text = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(text + sys.version.encode()).hexdigest()


def call(command: list[str]) -> None:
    # Somebody else's PYTHONPATH or user packages must not leak in.
    environment = {
        name: text for name, text in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")
    }
    status = subprocess.run(command, env={**environment, "PYTHONNOUSERSITE": "1"}, check=False).returncode
    if status:
        sys.exit(f"{' '.join(command[:4])} … ended with status {status}; its message is above.")


if __name__ == "__main__":
    install(["requirements.txt"] + (["requirements-dev.txt"] if "--dev" in sys.argv[1:] else []))
