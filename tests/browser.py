"""A headless Chromium for the tests: what a page becomes, what it asks the network for, what it looks like.

Each run has a profile of its own, empty, and leaves nothing behind. Time is virtual: a page's timers run at once.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

from tests.conftest import left_out

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --disable-extensions --hide-scrollbars "
    "--disable-dev-shm-usage --virtual-time-budget=200000"
).split()
_REPORT = "secgraph-probe"


def find() -> str:
    """Return the path of the browser, or '' where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


def needs_browser(checks: int = 1) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test where there is a browser; where there is none, say how many checks were left out."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            if find():
                test(*args, **kwargs)
            else:
                left_out(checks, f"{test.__name__} needs Chromium, which is not installed (apt-get install chromium)")

        return run

    return decorate


def _run(html: str, *options: str, fragment: str = "", size: str = "1400,900") -> str:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        done = subprocess.run(
            [find(), *_FLAGS, f"--user-data-dir={folder}/profile", f"--window-size={size}", *options,
             page.as_uri() + fragment],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_policy(html: str) -> str:
    """Return a page without its content security policy, to see what holds by itself."""
    bare, taken = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert taken == 1
    return bare


def probe(html: str, script: str, *, fragment: str = "") -> Any:
    """Run a script in a page after its own, without its policy, and return what the script returns, through JSON.

    The script is the body of an async function.
    """
    runner = (
        "<script>(async () => { let found; try { found = await (async () => {" + script + "})(); }"
        " catch (error) { found = {error: String(error)}; }"
        f" const out = document.createElement('pre'); out.id = '{_REPORT}';"
        " out.textContent = JSON.stringify(found === undefined ? null : found);"
        " document.body.append(out); })();</script>"
    )
    head, _, tail = without_policy(html).rpartition("</body>")
    dom = _run(f"{head}{runner}</body>{tail}", "--dump-dom", fragment=fragment)
    found = re.search(rf'<pre id="{_REPORT}">(.*?)</pre>', dom, re.DOTALL)
    assert found, dom[-2000:]
    return json.loads(unescape(found[1]))


def dom(html: str) -> str:
    """Return what a page has become once its scripts ran, its policy in force."""
    return _run(html, "--dump-dom")


def requests(html: str) -> list[str]:
    """Return the addresses that the page, as it is, made the browser ask for, those of the browser's own left out."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "net.json"
        _run(html, f"--log-net-log={log}", "--dump-dom")
        text = log.read_text(encoding="utf-8")
    # A browser that is closed while it logs leaves the list open.
    content = json.loads(text if text.rstrip().endswith("}") else text.rstrip().rstrip(",") + "]}")
    types = content["constants"]["logEventTypes"]
    started = types["URL_REQUEST_START_JOB"]
    found = []
    for event in content["events"]:
        told = event.get("params", {})
        if event["type"] == started and told.get("initiator", "not an origin") != "not an origin":
            found.append(str(told["url"]))
    return sorted(set(found))


def screenshot(html: str, path: Path, *, fragment: str = "") -> None:
    """Write an image of a page, 1400 by 900, as PNG."""
    _run(html, f"--screenshot={path}", fragment=fragment)
