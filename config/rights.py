"""Which part of the back office each model of the admin belongs to, and the groups of staff that follow from it.

Whoever asks for a permission, Django's admin above all, is answered from `accounts.staffing.MATRIX` and the rows here by
`Matrix`, whatever was given to an account or a group by hand. The groups, which say who has which role, hold the same
permissions for people and programs that read them: they are written at every `migrate`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.contrib.auth import get_permission_codename
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.management import create_permissions
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, transaction

from accounts import staffing
from accounts.staffing import MATRIX, Area, Level, StaffRole

OUR_APPS = frozenset({"accounts", "analytics", "gamification", "library", "stats"})
CHANGING = ("add", "change", "delete")


@dataclass(frozen=True, slots=True)
class Right:
    """To see the rows of a model takes READ in all of `areas`; to change them CHANGE in `changes`, the first unless given."""

    model: str
    areas: tuple[Area, ...]
    changes: Area | None = None

    def codenames(self, role: StaffRole) -> list[str]:
        """Return the permissions of a role, as Django names them."""
        levels, name = MATRIX[role], self.model.partition(".")[2]
        if any(levels[area] < Level.READ for area in self.areas):
            return []
        may_change = levels[self.changes or self.areas[0]] is Level.CHANGE
        return [f"{act}_{name}" for act in ("view", *(CHANGING if may_change else ()))]


PEOPLE, ADDRESSES, SUBSCRIPTIONS, MONEY = Area.PEOPLE, Area.ADDRESSES, Area.SUBSCRIPTIONS, Area.MONEY

RIGHTS = (
    Right("accounts.user", (PEOPLE, ADDRESSES)),
    Right("accounts.referral", (PEOPLE,)),
    Right("accounts.plan", (SUBSCRIPTIONS,), MONEY),
    Right("accounts.subscription", (SUBSCRIPTIONS,)),
    Right("accounts.subscriptionchange", (SUBSCRIPTIONS,)),
    Right("accounts.upgraderequest", (SUBSCRIPTIONS,)),
    Right("accounts.featuregrant", (SUBSCRIPTIONS,)),
    Right("accounts.payment", (MONEY,)),
    Right("accounts.advertisement", (Area.CONTENT,)),
    Right("accounts.charge", (MONEY,)),
    Right("accounts.purchase", (MONEY,)),
    Right("accounts.dispute", (MONEY,)),
    Right("accounts.notice", (MONEY,)),
    Right("accounts.advertisement", (Area.CONTENT,)),
    Right("accounts.staffaction", (Area.AUDIT,)),
    Right("stats.source", (Area.SYSTEM,)),
    Right("stats.deadletter", (Area.SYSTEM,)),
    Right("stats.rollupday", (Area.NUMBERS,)),
    Right("stats.item", (Area.CONTENT,)),
    Right("library.media", (Area.CONTENT,)),
    Right("library.comment", (Area.CONTENT,)),
    Right("library.collaboration", (Area.CONTENT,)),
    Right("library.playlist", (Area.CONTENT,)),
    Right("library.enrolment", (Area.CONTENT,)),
    Right("library.quiz", (Area.CONTENT,)),
    Right("library.question", (Area.CONTENT,)),
    Right("library.attempt", (Area.CONTENT, PEOPLE)),
    Right("gamification.achievement", (Area.GAME,)),
    Right("gamification.withheld", (Area.GAME,)),
    Right("gamification.correction", (Area.GAME,)),
    Right("gamification.entry", (Area.GAME,)),
)


class Matrix(ModelBackend):
    """The one that answers for permissions, before the backends that log people in; it logs in nobody itself.

    Superusers may do everything; Django does not ask for them.
    """

    def authenticate(self, request: Any, username: str | None = None, password: str | None = None, **_: Any) -> None:
        """Leave it to the other backends."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Whether a role has the permission. Raises PermissionDenied otherwise: nobody else is asked."""
        if perm not in self.get_all_permissions(user_obj):
            raise PermissionDenied
        return True

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether a role may see anything of an app. Raises PermissionDenied otherwise."""
        if not any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions(user_obj)):
            raise PermissionDenied
        return True

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return what somebody's roles are for. One query the first time, none for who is no staff."""
        return {perm for role in staffing.roles_of(user_obj) for perm in permissions_of(role)}


@cache
def permissions_of(role: StaffRole) -> frozenset[str]:
    """Return a role's permissions with their apps: all of our models' for administrators."""
    if role is StaffRole.ADMIN:
        ours = [model._meta for label in OUR_APPS for model in installed.get_app_config(label).get_models()]
        return frozenset(f"{meta.app_label}.{name}" for meta in ours for name in codenames_of(meta))
    return frozenset(f"{right.model.partition('.')[0]}.{name}" for right in RIGHTS for name in right.codenames(role))


def codenames_of(meta: Any) -> list[str]:
    """Return the names of a model's permissions."""
    return [get_permission_codename(act, meta) for act in meta.default_permissions] + [
        name for name, _ in meta.permissions
    ]


def sync(
    app_config: AppConfig,
    using: str = DEFAULT_DB_ALIAS,
    apps: Any = installed,
    rights: Sequence[Right] = RIGHTS,
    **_: Any,
) -> None:
    """Give the groups of staff what they may do with an app's models, and take away what they may not.

    Connected to `post_migrate`, which comes once an app. The group of administrators may do everything.
    """
    label = app_config.label
    if label not in OUR_APPS:
        return
    try:
        group_model, permission_model = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    except LookupError:
        return  # a migration back to before there were groups
    mine = [right for right in rights if right.model.startswith(f"{label}.")]
    create_permissions(app_config, verbosity=0, using=using, apps=apps)
    with transaction.atomic(using=using):
        groups = _groups(group_model, using)
        ids = dict(
            permission_model.objects.using(using).filter(content_type__app_label=label).values_list("codename", "pk")
        )
        wanted = {
            (groups[role], ids[name])
            for role in StaffRole
            for name in (ids if role is StaffRole.ADMIN else _names(mine, role))
            if name in ids
        }
        _write(group_model.permissions.through, wanted, set(groups.values()), label, using)


def _names(rights: Iterable[Right], role: StaffRole) -> list[str]:
    return [name for right in rights for name in right.codenames(role)]


def _groups(model: Any, using: str) -> dict[StaffRole, int]:
    rows = model.objects.using(using)
    known = dict(rows.filter(name__in=list(StaffRole)).values_list("name", "pk"))
    return {role: known.get(role.value) or rows.create(name=role.value).pk for role in StaffRole}


def _write(through: Any, wanted: set[tuple[int, int]], groups: set[int], label: str, using: str) -> None:
    rows = through.objects.using(using)
    held = rows.filter(group__in=groups, permission__content_type__app_label=label)
    there = {(group, permission): pk for pk, group, permission in held.values_list("pk", "group_id", "permission_id")}
    rows.filter(pk__in=[pk for pair, pk in there.items() if pair not in wanted]).delete()
    rows.bulk_create(
        [through(group_id=group, permission_id=permission) for group, permission in sorted(wanted - there.keys())],
        ignore_conflicts=True,
    )
