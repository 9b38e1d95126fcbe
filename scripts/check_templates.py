"""Compiles every template of ours, so that a misspelt tag or filter fails before a page is opened."""

import sys
from pathlib import Path

import django
from django.template import TemplateSyntaxError, engines

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    django.setup()
    engine = engines["django"]
    folders = [ROOT / "templates", *ROOT.glob("*/templates"), *ROOT.glob("*/*/templates")]
    files = sorted({file for folder in folders for file in folder.rglob("*") if file.is_file()})
    wrong = 0
    for file in files:
        try:
            engine.from_string(file.read_text(encoding="utf-8"))
        except TemplateSyntaxError as error:
            wrong += 1
            print(f"{file.relative_to(ROOT)}: {error}", file=sys.stderr)
    print(f"{len(files)} templates compiled, {wrong} wrong")
    return 1 if wrong or not files else 0


if __name__ == "__main__":
    sys.exit(main())
