"""What the logs of staff say of a member, and of what was the member's, when the member is erased: that it was done, no more."""

from collections.abc import Iterable

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from accounts.models import StaffAction, User
from stats.erasing import STRUCK, Rule

WORDS = ("reason", "note")
AT_ONCE = 500


def forget(person: User, rules: Iterable[Rule]) -> None:
    """Strike out names and words in both logs, before the rows that they are about are changed."""
    _unname(User._base_manager.filter(pk=person.pk))  # noqa: SLF001 (Django documents it)
    for rule in rules:
        if rule.told:
            _unname(rule.rows(person))
    for line in StaffAction.objects.filter(person=person):
        said = {name: STRUCK for name in WORDS if line.detail.get(name)}
        if said:
            StaffAction.objects.filter(pk=line.pk).update(detail=line.detail | said)


def _unname(rows: QuerySet[Model]) -> None:
    meta = rows.model._meta
    lines = StaffAction.objects.filter(about_kind=meta.label_lower).exclude(about_name="")
    entries = LogEntry.objects.filter(
        content_type__in=ContentType.objects.filter(app_label=meta.app_label, model=meta.model_name)
    )
    names = {field.name for field in meta.concrete_fields}
    for kept, column, blank in ((lines, "about_key", "about_name"), (entries, "object_id", "object_repr")):
        if not kept.exists():
            continue
        keyed = "uuid" if column == "about_key" and "uuid" in names else "pk"
        keys = [str(key) for key in rows.values_list(keyed, flat=True)]
        for at in range(0, len(keys), AT_ONCE):
            kept.filter(**{f"{column}__in": keys[at : at + AT_ONCE]}).update(**{blank: STRUCK})
