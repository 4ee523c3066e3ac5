"""Notes of staff on the time axis: written, changed and removed, each with its line in the audit log."""

from datetime import date

from django.core.cache import cache
from django.db import transaction

from accounts import audit
from accounts.models import User
from analytics.dashboards.models import Annotation

KEPT, KEPT_S = "analytics.dashboards.notes", 60


def write(by: User, day: date, text: str) -> Annotation:
    """Write a note about a day."""
    with transaction.atomic():
        note = Annotation.objects.create(day=day, text=text, by=by)
        audit.note(by, "annotation.added", note, {"day": day.isoformat(), "text": text})
        _forget()
    return note


def change(by: User, pk: int, day: date, text: str) -> None:
    """Change a note; what stood there before stays in the audit log. Raises Annotation.DoesNotExist."""
    with transaction.atomic():
        note = Annotation.objects.select_for_update().get(pk=pk)
        before = {"day": note.day.isoformat(), "text": note.text}
        note.day, note.text = day, text
        note.save(update_fields=["day", "text", "changed_at"])
        audit.note(by, "annotation.changed", note, {"before": before, "day": day.isoformat(), "text": text})
        _forget()


def remove(by: User, pk: int) -> None:
    """Remove a note. Raises Annotation.DoesNotExist."""
    with transaction.atomic():
        note = Annotation.objects.select_for_update().get(pk=pk)
        audit.note(by, "annotation.removed", note, {"day": note.day.isoformat(), "text": note.text})
        note.delete()
        _forget()


def between(first: date, last: date) -> list[tuple[date, str]]:
    """Return the days and words of the notes about days from `first` to `last`, in order.

    From the cache, which whoever writes a note empties; one query without.
    """
    known: list[tuple[date, str]] | None = cache.get(KEPT)
    if known is None:
        known = list(Annotation.objects.values_list("day", "text"))
        cache.set(KEPT, known, KEPT_S)
    return [(day, text) for day, text in known if first <= day <= last]


def _forget() -> None:
    transaction.on_commit(lambda: cache.delete(KEPT))
