"""Make the pictures of the pages: serve a fresh simulated home and photograph it.

Run it with ``.venv/bin/python docs/images/make.py``; it wants Chromium (``apt-get install
chromium``) and writes ``home-1440.png``, ``home-390.png`` and so on beside itself.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
SIZES = {1440: 900, 390: 844}
PAGES = {"home": "/", "taste": "/taste"}
LISTENER = "listener-47"
PATIENCE_S = 300


@contextmanager
def served() -> Iterator[str]:
    """Serve a new simulated home and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        words = ["serve", "--world", "toy", "--port", str(port), "--home", f"{folder}/home"]
        server = subprocess.Popen([sys.executable, "-m", "ritornello", *words])
        try:
            wait_for(f"{url}/health")
            yield url
        finally:
            server.terminate()
            server.wait()


def wait_for(url: str) -> None:
    """Wait until an address answers."""
    for _ in range(PATIENCE_S):
        try:
            urllib.request.urlopen(url).close()
        except OSError:
            time.sleep(1)
        else:
            return
    raise TimeoutError(f"{url} did not answer within {PATIENCE_S} s")


def photograph(url: str) -> None:
    """Visit the pages as one of the listeners and keep a picture of each at every size."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for width, height in SIZES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, base_url=url)
            page.context.add_cookies(
                [{"name": "ritornello_listener", "value": LISTENER, "url": url}]
            )
            for name, path in PAGES.items():
                page.goto(path, wait_until="networkidle")
                page.screenshot(path=HERE / f"{name}-{width}.png")
        browser.close()


if __name__ == "__main__":
    with served() as address:
        photograph(address)
