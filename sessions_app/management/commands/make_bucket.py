from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Makes S3_BUCKET in the object store if it isn't there; does nothing with files on disk."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.STORAGE != "s3":
            self.stdout.write("Files are kept on disk; there is no bucket to make.")
            return
        client = default_storage.connection.meta.client
        name = default_storage.bucket_name
        try:
            client.create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": client.meta.region_name}
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise CommandError(f"{name} can't be made: {code}") from error
            self.stdout.write(f"{name} is there.")
        else:
            self.stdout.write(f"{name} was made.")
