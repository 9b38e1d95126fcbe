"""Two S3 servers for tests: one that behaves (moto), and one that checks signatures (rclone)."""

import re
import shutil
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import boto3
import pytest
from django.core.files.storage import default_storage

from chatmrpt.stack.processes import Child

KEY, SECRET = "storagekey", "storagesecret"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def rclone(tmp_path_factory) -> Iterator[str]:
    program = shutil.which("rclone", path=sysconfig.get_path("scripts"))
    if program is None:
        pytest.skip("no rclone for this machine: the package has no wheel for it")
    folder = tmp_path_factory.mktemp("rclone")
    (folder / "data").mkdir()
    child = Child(
        name="rclone",
        command=[
            *(program, "serve", "s3", str(folder / "data"), "--addr", "127.0.0.1:0"),
            *("--auth-key", f"{KEY},{SECRET}", "--config", "/dev/null", "-v"),
        ],
        log=folder / "log",
        environment={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
    child.start()
    yield _address(child)
    child.stop()


def _address(child: Child) -> str:
    for _ in range(100):
        found = re.search(r"http://127\.0\.0\.1:\d+", child.log.read_text() if child.log.exists() else "")
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(child.last_lines())


@pytest.fixture(params=["moto", "rclone"])
def store(request, settings) -> Iterator[str]:
    """The project's storage settings of S3 mode, on one of the servers."""
    address = request.getfixturevalue(request.param)
    options = {
        "bucket_name": "wards",
        "endpoint_url": address,
        "region_name": "us-east-1",
        "access_key": KEY,
        "secret_key": SECRET,
        "addressing_style": "path",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": True,
        "querystring_auth": True,
        "querystring_expire": 60,
        # As small as no object here, so that every one that is read goes over the disk as a large one does.
        "max_memory_size": 8,
    }
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    settings.STORAGE_LINKS = True
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    if "wards" not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket="wards")
    client.close()
    yield request.param
    default_storage.connection.meta.client.close()


def fetch(url: str) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read()


def refused(url: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(url)
    refusal.value.close()
    return refusal.value.code
