#!/usr/bin/env python
"""Entry point of every management command."""

import json
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def refused(why: str, arguments: list[str]) -> int:
    """Tell why the settings can't be read; the doctor tells it as a finding. Returns the exit status."""
    if arguments[:1] != ["doctor"]:
        print(f"manage.py: {why}", file=sys.stderr)
        return 1
    found = {
        "name": "settings",
        "state": "wrong",
        "told": why,
        "mend": "correct this variable (.env.example)",
    }
    if "--json" in arguments:
        print(json.dumps({"state": "wrong", "checks": [found]}, indent=1))
    else:
        print("wrong    {name:<24}  {told}  →  {mend}".format(**found))
    return 2


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatmrpt.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refusal:
        sys.exit(refused(str(refusal), sys.argv[1:]))
