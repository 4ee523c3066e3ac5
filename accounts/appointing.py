"""Making somebody staff, and what for. Superusers are made by `createsuperuser` alone and keep everything."""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import audit, staffing
from accounts.models import User
from accounts.staffing import StaffRole


class NotToBeAppointed(APIException):
    """The roles of superusers, of oneself and of who may not log in are not changed here."""

    status_code = 409
    default_detail = _("The roles of this person cannot be changed here.")
    default_code = "roles_fixed"


@transaction.atomic
def appoint(person: User, roles: Iterable[StaffRole], *, by: User | None) -> frozenset[StaffRole]:
    """Give somebody exactly these roles; without any they are no staff. Returns the roles from before.

    Their very next request is answered by the new ones. Noted in the audit log if anything changed. Raises
    NotToBeAppointed for a superuser, oneself, and who is deactivated.
    """
    wanted = frozenset(roles)
    row = User.objects.select_for_update().get(pk=person.pk)
    if row.is_superuser or row == by or (wanted and not row.is_active):
        raise NotToBeAppointed
    groups = {group.name: group for group in Group.objects.filter(name__in=list(StaffRole))}
    before = frozenset(
        StaffRole(name)
        for name in row.groups.filter(pk__in=[g.pk for g in groups.values()]).values_list("name", flat=True)
    )
    if before == wanted and row.is_staff == bool(wanted):
        return before
    row.groups.remove(*(groups[role] for role in before - wanted))
    row.groups.add(*(groups.get(role) or Group.objects.create(name=role.value) for role in sorted(wanted - before)))
    row.is_staff = bool(wanted)
    row.save(update_fields=["is_staff", "updated_at"])
    person.is_staff = row.is_staff
    staffing.forget(person)
    audit.note(by, "staff.roles_changed", person, {"before": sorted(before), "after": sorted(wanted)})
    return before
