"""`make run` as a stranger would: the first start, the demo, parts that are killed, Ctrl-C, the second start.

python3 tests/smoke.py          the standard library only; prints what it measured, ends with status 1 on a failure
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("/", "/browse/", "/how-we-count/", "/privacy/", "/api/", "/docs", "/accounts/login/", "/readyz")
FIRST_PAGE_WITHIN_S = 180
SECOND_START_S = 5


class Site:
    """`make run` in a process group of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.log = port, folder / "output"
        environment = {**os.environ, "DATA_DIR": str(folder / "var"), "PORT": str(port)}
        with self.log.open("wb") as log:
            self.make = subprocess.Popen(
                ["make", "run"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def get(self, path: str) -> bytes:
        """Return what the page answers; raises an OSError unless it is 200."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read()

    def is_up(self) -> bool:
        """Whether the page answers. Ends the run if the site has ended."""
        if self.make.poll() is not None:
            fail(f"make run ended with status {self.make.returncode}:\n{self.log.read_text()}")
        try:
            return bool(self.get("/"))
        except OSError:
            return False

    def pid_of(self, command: str) -> "int | None":
        """Return the process that the supervisor started with the command."""
        [supervisor] = children(self.make.pid)
        return next((pid for pid in children(supervisor) if command in command_line(pid)), None)

    def stop(self) -> None:
        """Press Ctrl-C."""
        os.killpg(self.make.pid, signal.SIGINT)
        self.make.wait(30)


def children(pid: int) -> list:
    """Return the children's numbers."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid: int) -> str:
    """Return what the process was started with."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def wait(what: str, claim, seconds: float) -> float:
    """Wait until `claim()` and return for how many seconds; fail after `seconds`."""
    began = time.monotonic()
    while not claim():
        if time.monotonic() - began > seconds:
            fail(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


def fail(why: str) -> None:
    """End with status 1."""
    sys.exit(f"smoke: FAILED: {why}")


def tell(text: str) -> None:
    """Print what was measured."""
    print(f"smoke: {text}", flush=True)


def first_start(site: Site) -> None:
    """Wait for the page and the demo, look at pages, and kill the drain and the worker."""
    tell(f"first page after {wait('the first page', site.is_up, FIRST_PAGE_WITHIN_S):.1f} s")
    for command in ("manage.py drain", "config worker"):
        wait(f"{command} is there", lambda command=command: site.pid_of(command), 30)
        killed = site.pid_of(command)
        os.kill(killed, signal.SIGKILL)
        back = wait(
            f"{command} is back",
            lambda command=command, killed=killed: site.pid_of(command) not in {None, killed} and site.is_up(),
            5,
        )
        tell(f"{command}: killed, back after {back:.1f} s, the page still there")
    made = wait(
        "the demo", lambda: "Demo log-ins" in site.log.read_text() or "could not be made" in site.log.read_text(), 240
    )
    if "could not be made" in site.log.read_text():
        fail(f"the demo:\n{site.log.read_text()}")
    tell(f"the demo is there {made:.1f} s later")
    wait("all demo events are applied", lambda: json.loads(site.get("/readyz"))["backlog"] == 0, 60)
    for page in PAGES:
        site.get(page)
    wait("nothing is degraded", lambda: not json.loads(site.get("/readyz"))["degraded"], 60)


def main() -> None:
    """Run it all in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="eightpoint-smoke-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = Site(folder, port)
    try:
        first_start(site)
        site.stop()
        environment = {**os.environ, "DATA_DIR": str(folder / "var")}
        command = [str(ROOT / ".venv/bin/python"), "manage.py", "verify_stats"]
        if subprocess.call(command, cwd=ROOT, env=environment):
            fail("verify_stats finds differences")
        site = Site(folder, port)
        again = wait("the second start", site.is_up, 60)
        tell(
            f"second start: page after {again:.1f} s"
            + (f" (MORE than {SECOND_START_S})" if again > SECOND_START_S else "")
        )
        site.stop()
        left = [pid.name for pid in Path("/proc").glob("[0-9]*") if str(folder) in environment_of(pid)]
        if left:
            fail(f"still running after Ctrl-C: {left}")
        tell("passed")
    finally:
        if site.make.poll() is None:
            os.killpg(site.make.pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def environment_of(process: Path) -> str:
    """Return the environment that the process was started with."""
    try:
        return (process / "environ").read_text(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    main()
