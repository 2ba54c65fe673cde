"""Bring a headless browser for the tests of pages: by apt-get where it is missing and the user is root."""

from __future__ import annotations

import os
import shutil
import subprocess


def main() -> int:
    """Install Chromium if that is possible here; else say in one line what to install."""
    if shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"):
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet)
        done = subprocess.run(
            ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"], check=False, env=quiet
        )
        if done.returncode == 0:
            return 0
    print("no Chromium here: install the package `chromium`; the tests of pages are left out and counted")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
