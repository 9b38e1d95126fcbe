"""Loads a data set for everybody: boundaries, a population table or a raster."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reference.actions import load_reference
from reference.kinds import reference_kinds
from sessions_app.events import COMMAND_LINE
from sessions_app.isolation.staff import STAFF_ALIAS
from sessions_app.models import User
from sessions_app.refusals import Refusal


class Command(BaseCommand):
    help = "Check a file and keep it as a reference set that every user may use. It becomes the next version of its name."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = reference_kinds()
        parser.add_argument("file", type=Path, help="what to load, as it would be uploaded")
        parser.add_argument("--kind", required=True, choices=[kind.name for kind in kinds])
        for name, words in (
            ("name", "what users see, such as “GRID3 operational wards”"),
            ("year", "of the data: 2024, 2018-08 or 2015-2020"),
            ("licence", "under which it may be used"),
            ("source", "who made it, and where it was had from"),
        ):
            parser.add_argument(f"--{name}", required=True, help=words)
        parser.add_argument("--by", default="", help="e-mail of the staff account that loads it")
        meanings: dict[str, list[str]] = {}
        for kind in kinds:
            for name, words in kind.options:
                meanings.setdefault(name, []).append(f"{kind.name}: {words}")
        for name, said in meanings.items():
            parser.add_argument(f"--{name.replace('_', '-')}", dest=f"option_{name}", help="; ".join(said))

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file.name} at the place given.")
        given = {
            name.removeprefix("option_"): text
            for name, text in options.items()
            if name.startswith("option_") and text is not None
        }
        with Refusal() as refusal:
            row = load_reference(
                by=self._actor(options["by"]),
                kind=options["kind"],
                path=file,
                file_name=file.name,
                stated=options,
                options=given,
            )
        if told := refusal.problem:
            listed = f" ({', '.join(told['examples'])})" if told.get("examples") else ""
            raise CommandError(f"{told['title']}. {told['detail']} {told['fix']}{listed}")
        self.stdout.write(f"{row.kind} {row.pk}: {row}")

    @staticmethod
    def _actor(email: str) -> uuid.UUID:
        if not email:
            return COMMAND_LINE
        found = User.objects.using(STAFF_ALIAS).filter(
            email=email.strip().lower(), is_staff=True, is_active=True
        )
        user = found.first()
        if user is None:
            raise CommandError(f"{email} is no active staff account.")
        return user.pk
