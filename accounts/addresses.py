"""E-mail addresses as staff may see them: whole, or so that they name nobody."""

import re
from typing import Any

from accounts.staffing import Area, may

IN_TEXT = re.compile(r"[^\s@<>()\[\]\"'“”,;:=&?]*@[^\s@<>()\[\]\"'“”,;:=&?]*")


def masked(address: str) -> str:
    """Return an address that names nobody: the first letter, and where its domain ends."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}•••@•••.{domain.rpartition('.')[2]}" if name else ""


def shown(viewer: Any, address: str) -> str:
    """Return an address as `viewer`, of the staff, may see it."""
    return address if may(viewer, Area.ADDRESSES) else masked(address)


def hidden(text: str) -> str:
    """Return a text in which addresses, and halves of them, name nobody."""
    return IN_TEXT.sub(lambda found: masked(found[0]) or "•••@•••", text)


def veiled(viewer: Any, text: str) -> str:
    """Return what one of the staff wrote as `viewer`, another of them, may see it: with no address that is not for them."""
    return text if may(viewer, Area.ADDRESSES) else hidden(str(text))
