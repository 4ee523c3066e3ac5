"""A member's own copy: everything that the site has of them, as one JSON text, written piece by piece."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.erasure.erasing import rules
from accounts.models import User
from stats.erasing import Rule, events_of

SECRETS = frozenset({"id", "password", "username_key", "is_staff", "is_superuser"})


def copy_of(person: User) -> Iterator[str]:
    """Yield the copy: `account`, the rows of each table that names the member, and `events`, all that the log has.

    Rows of a table that names people in several ways stand under `table` and `table.column`. Secrets, who else
    has to do with a row, and what is somebody else's are left out. Reads the whole log.
    """
    row = {field.name: _plain(getattr(person, field.attname)) for field in User._meta.concrete_fields}
    yield '{\n"account": ' + _json({name: value for name, value in row.items() if name not in SECRETS})
    for rule in rules():
        if rule.told:
            yield f",\n{_json(f'{rule.model}.{rule.path}')}: "
            yield from _list(_rows(rule, person))
    yield ',\n"events": '
    yield from _list(events_of(person.uuid))
    yield "\n}\n"


def _rows(rule: Rule, person: User) -> Iterator[dict[str, Any]]:
    found = rule.rows(person)
    own = {rule.path, f"{rule.path}_id", "id", *rule.hidden, *(f"{name}_id" for name in rule.hidden)}
    fields = [field for field in found.model._meta.concrete_fields if field.related_model is not User]
    names = [field.attname for field in fields if field.attname not in own]
    yield from found.values(*names).iterator()


def _list(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for place, row in enumerate(rows):
        yield ("," if place else "") + "\n" + _json({name: _plain(value) for name, value in row.items()})
    yield "]"


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value) if hasattr(value, "storage") else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
