"""Say what somebody is on the staff for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import appointing, names, staffing
from accounts.models import User
from accounts.staffing import StaffRole

NONE = "none"


class Command(BaseCommand):
    """`manage.py staff_role USERNAME [ROLE …]` gives exactly these roles; `none` takes all, and no role shows them."""

    help = (
        "Give a member roles on the staff (support, analyst, moderator, finance, admin), or 'none'; show them without."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the member's name and the roles."""
        parser.add_argument("username")
        parser.add_argument("role", nargs="*", metavar="ROLE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Appoint, and print the roles that hold, one a line."""
        person = User.objects.filter(username_key=names.key_of(options["username"])).first()
        if person is None:
            raise CommandError(f"There is no member called {options['username']!r}.")
        asked = set(options["role"])
        if unknown := asked - {*StaffRole, NONE}:
            raise CommandError(f"There is no role {min(unknown)!r}: {', '.join(StaffRole)} or {NONE}.")
        if NONE in asked and len(asked) > 1:
            raise CommandError("Say roles, or 'none', not both.")
        if asked:
            try:
                appointing.appoint(person, [StaffRole(role) for role in asked - {NONE}], by=None)
            except appointing.NotToBeAppointed as error:
                raise CommandError(f"{person} is a superuser or deactivated: nothing was changed.") from error
        self.stdout.write("\n".join(sorted(staffing.roles_of(person))) or NONE)
