"""The settings of a worker that is frozen while it stores."""

from tests.worker_settings import *  # noqa: F403
from tests.worker_settings import STORAGE, STORAGES

_freezing = {"s3": "tests.freezing.FreezingBucket", "filesystem": "tests.freezing.FreezingFolder"}
STORAGES = STORAGES | {"default": STORAGES["default"] | {"BACKEND": _freezing[STORAGE]}}
