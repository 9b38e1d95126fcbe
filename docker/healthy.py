"""Exit 0 if this container's program lives: its server answers, or the worker has given a sign of life lately."""

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

LONGEST_SILENCE_SECONDS = 30


def main() -> None:
    if beat := os.environ.get("WORKER_HEARTBEAT_FILE"):
        try:
            silence = time.time() - Path(beat).stat().st_mtime
        except FileNotFoundError:
            sys.exit("the worker has not given a sign of life yet")
        if silence > LONGEST_SILENCE_SECONDS:
            sys.exit(f"the worker's last sign of life is {silence:.0f} s old")
        return
    if sys.argv[1:] == ["streams"]:
        address = f"http://127.0.0.1:{os.environ.get('STREAMS_PORT', '8001')}/stream/health/"
    else:
        address = f"http://127.0.0.1:{os.environ.get('WEB_PORT', '8000')}/health/live/"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(address, timeout=4).close()
    except (urllib.error.URLError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
