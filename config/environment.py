"""Make `.venv` and install the pinned requirements, if they changed since the last time.

    python3 config/environment.py [--dev]

Run by any Python 3, before anything is installed: the standard library only, and no newer syntax than old ones know.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile

LEAST = (3, 11)
OTHERS = ("python3.13", "python3.12", "python3.11")
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")


def main(arguments):
    """Bring `.venv` up to date."""
    if sys.version_info < LEAST:
        use_another_python(arguments)
    files = ["requirements.txt"] + (["requirements-dev.txt"] if "--dev" in arguments else [])
    if not works():
        make()
    for name in files:
        install(name)


def use_another_python(arguments):
    """Go on with a Python that is new enough, or end."""
    for name in OTHERS:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, os.path.abspath(__file__)] + arguments)
    sys.exit(
        "eightpoint: Python %d.%d or newer is needed, this is %d.%d. Install one, or name it: make run PYTHON=/path/to/python3"
        % (LEAST + sys.version_info[:2])
    )


def works():
    """Whether there is an environment whose Python still runs and is new enough."""
    question = "import sys; sys.exit(sys.version_info < (%d, %d))" % LEAST
    try:
        return subprocess.call([PYTHON, "-c", question], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make():
    """Make an empty environment."""
    try:
        import ensurepip  # noqa: F401 (Debian's Python comes without it)
        import venv
    except ImportError:
        sys.exit(
            "eightpoint: Python's venv module is missing. Install it; on Debian and Ubuntu: apt-get install python3-venv"
        )
    say("The environment .venv is made…")
    venv.EnvBuilder(clear=True, with_pip=True, symlinks=True).create(VENV)


def install(name):
    """Install what the file pins. A copy of it in the environment tells the next time that this is done."""
    wanted, done = os.path.join(ROOT, name), os.path.join(VENV, name)
    if os.path.exists(done) and filecmp.cmp(wanted, done, shallow=False):
        return
    with open(wanted, encoding="utf-8") as lines:
        total = sum("==" in line and not line.startswith((" ", "#")) for line in lines)
    say("%s is installed: up to %d packages…" % (name, total))
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-input",
        "--disable-pip-version-check",
        "-r",
        wanted,
    ]
    complaints = tempfile.TemporaryFile()
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, universal_newlines=True)
    count = 0
    for line in pip.stdout:
        if line.startswith(("Collecting ", "Requirement already")):
            count += 1
            if sys.stderr.isatty():
                sys.stderr.write("\r  %3d %-60.60s" % (count, line.split()[1 if line.startswith("C") else 3]))
                sys.stderr.flush()
    if sys.stderr.isatty():
        sys.stderr.write("\r%66s\r" % "")
    if pip.wait() != 0:
        complaints.seek(0)
        sys.stderr.write(complaints.read().decode(errors="replace"))
        sys.exit("eightpoint: %s could not be installed; pip says why above." % name)
    shutil.copyfile(wanted, done)


def say(text):
    """Print a line at once."""
    print("eightpoint: " + text, file=sys.stderr)
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
