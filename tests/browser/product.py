"""The real product for a test: the web process and the drain, each a process of its own, on a SQLite database of the test."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests import migrated

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


class Product:
    """A running site. `folder` is its `DATA_DIR`; `url` is where it answers."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "DEBUG"}},
            "DATA_DIR": str(folder),
            "PORT": port,
            "DEMO": "0",
        }
        migrated.copy_to(folder)
        web = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", port, "--blocking-threads", "4")
        self.processes = [
            self.start(*web, "--no-ws", "--log-level", "error", "config.wsgi:application"),
            self.start("manage.py", "drain"),
        ]
        deadline = time.monotonic() + START_S
        while not self.is_up():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python program beside the others; what it says goes to `log`."""
        with (self.folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command beside the running site; it must succeed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    @property
    def log(self) -> str:
        """What the programs said."""
        return (self.folder / "log.txt").read_text()

    def is_up(self) -> bool:
        """Whether the site is ready."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def newest_code(self, address: str) -> str:
        """Return the code in the newest mail to `address`, which may be on its way."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            for mail in sorted((self.folder / "mail").glob("*.txt"), reverse=True):
                text = mail.read_text()
                code = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]{3,})?)\s*$", text, re.MULTILINE)
                if code and f"To: {address}" in text:
                    return code[1]
            time.sleep(0.1)
        raise AssertionError(f"no code was mailed to {address}")

    def stop(self) -> None:
        """End the site."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
