"""Mail without a mail server: each message framed in the terminal and kept as files in `DATA_DIR/mail/`."""

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

WIDTH = 76


class TerminalBackend(BaseEmailBackend):
    """Shows what would have been sent; log-in codes too, so its files are readable by their owner alone."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Show and keep each message: `*.eml` as it would be sent, `*.txt` to read. Returns how many."""
        for message in email_messages:
            path = keep(message, Path(settings.MAIL_DIR))
            sys.stdout.write(framed(message, path))
            sys.stdout.flush()
        return len(email_messages)


def keep(message: EmailMessage, folder: Path) -> Path:
    """Write both files of `message` to `folder`; a name that ends in `.eml` or `.txt` is always whole.

    Names begin with the time, so they sort by it. Returns the readable one.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{secrets.token_hex(3)}"
    for suffix, content in ((".eml", message.message().as_bytes()), (".txt", readable(message).encode())):
        part = folder / f".{name}{suffix}.part"
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.rename(folder / f"{name}{suffix}")
    return folder / f"{name}.txt"


def readable(message: EmailMessage) -> str:
    """Return the message's head and plain text."""
    people = ", ".join(message.recipients())
    return f"From: {message.from_email}\nTo: {people}\nSubject: {message.subject}\n\n{message.body}".rstrip() + "\n"


def framed(message: EmailMessage, path: Path) -> str:
    """Return the readable message in a frame that stands out in a terminal."""
    rule = "-" * WIDTH
    lines = [f"| {shown(line)}" for line in readable(message).splitlines()]
    return "\n".join(["", rule, *lines, "|", f"| Kept in {path}", rule, "", ""])


def shown(line: str) -> str:
    """Return the line without characters that would steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in line)
