"""How a row of the table is written, and where the parts are."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from tests.permissions import rows

ROLES = ("owner", "collaborator", "enrolled", "member", "guest", "staff")
LOGIN = "login"
REFUSED = {"401", "403", "404", LOGIN}

EVERYBODY = "200 200 200 200 200 200"
MEMBERS = "200 200 200 200 login 200"
STAFF = "403 403 403 403 login 200"


@dataclass(frozen=True, slots=True)
class Row:
    """What each of `ROLES`, in this order, is answered: a status, or `login` for being sent to the log-in page.

    `subject` names the arguments of the address, which `World.subjects` has. `data` is the form or the JSON that is
    sent, or a function of the world that returns it; `query` is what follows the question mark.
    """

    route: str
    method: str
    subject: str
    answers: str
    data: dict[str, Any] | list[Any] | Callable[[Any], Any] | None = None
    query: str = ""

    @property
    def by_role(self) -> dict[str, str]:
        """The answers by role."""
        return dict(zip(ROLES, self.answers.split(), strict=True))


def parts() -> list[ModuleType]:
    """Return the modules of `tests.permissions.rows`: each has `ROWS`, and may have `prepare(world)`."""
    names = sorted(part.name for part in pkgutil.iter_modules(rows.__path__))
    return [import_module(f"tests.permissions.rows.{name}") for name in names]
