"""E-mail addresses as staff may see them: whole, or so that they name nobody."""

from typing import Any

from accounts.staffing import Area, may


def masked(address: str) -> str:
    """Return an address that names nobody: the first letter, and where its domain ends."""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}•••@•••.{domain.rpartition('.')[2]}" if name else ""


def shown(viewer: Any, address: str) -> str:
    """Return an address as `viewer`, of the staff, may see it."""
    return address if may(viewer, Area.ADDRESSES) else masked(address)
