"""What is asked for: windows of time, choices and limits in a query, and of whom or what. Pages and API read it alike."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework.exceptions import APIException, ValidationError

from stats import staff, windows, wire
from stats.metrics import Metric, Privacy, Scope, Subject
from stats.models import Item, Source
from stats.windows import LONGEST_DAYS, NAMES, Window

RANGE_NAMES = ("range", "timeRange", "days", "from", "to", "tz")
SUBJECT_NAMES = ("item", "source", "owner", "user")
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
LONGEST_TEXT = 64


class Bad(ValidationError):
    """A parameter that cannot be taken: its name, a code, and a sentence for people."""

    def __init__(self, name: str, code: str, sentence: str) -> None:
        super().__init__({name[:LONGEST_TEXT]: [sentence]}, code=code)
        self.name, self.code, self.sentence = name, code, sentence


class AmbiguousKey(APIException):
    """Two sources call an item by this key."""

    status_code = 409
    default_detail = "More than one source has an item of this key; name one with ?source=."
    default_code = "ambiguous_key"


def only(params: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse parameters that are not among `names` or come twice. Raises Bad `unknown_parameter`, `repeated_parameter`."""
    known = {*names, "format"}
    for name in params:
        if name not in known:
            raise Bad(name, "unknown_parameter", "This parameter is unknown.")
        _one(params, name)


def choice(params: Mapping[str, Any], name: str, choices: Iterable[str], default: str) -> str:
    """Return one of some words. Raises Bad `invalid_choice`."""
    text = _one(params, name)
    if text is None:
        return default
    known = tuple(choices)
    if text not in known:
        raise Bad(name, "invalid_choice", f"This is one of: {', '.join(known)}.")
    return text


def whole(params: Mapping[str, Any], name: str, least: int, most: int, default: int) -> int:
    """Return a whole number. Raises Bad `invalid_parameter`, `value_out_of_range`."""
    text = _one(params, name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Bad(name, "invalid_parameter", "This is not a whole number.")
    if len(digits) > 12 or not least <= int(text) <= most:
        raise Bad(name, "value_out_of_range", f"This is a number from {least} to {most}.")
    return int(text)


def window_of(params: Mapping[str, Any], now: datetime, zone: str, default: str = "30d") -> Window:
    """Return the window that the query asks for, else the one named `default`.

    `range` (or the fourth seed's `timeRange`) is a name, `days` so many days with today as the last, `from` and `to`
    days, both included, or instants. `tz` says in which zone the days are; `zone` unless given. Raises Bad
    `invalid_choice`, `invalid_parameter`, `value_out_of_range`, `repeated_parameter`, `invalid_date`, `invalid_range`,
    `range_too_large`, `unknown_timezone`.
    """
    told = {name: text for name in RANGE_NAMES if (text := _one(params, name)) is not None}
    zone = told.pop("tz", zone)
    if zone not in windows.zone_names():
        raise Bad("tz", "unknown_timezone", "There is no such time zone.")
    ways = [name for name in told if name != "to" or "from" not in told]
    if len(ways) > 1:
        raise Bad(ways[1], "invalid_parameter", f"Give this or {ways[0]}, not both.")
    if not ways:
        return windows.named(default, now, zone)
    if ways[0] == "days":
        days = whole(params, "days", 1, LONGEST_DAYS, 1)
        today = windows.day_of(now, zone)
        return windows.between(today - timedelta(days=days - 1), today, now, zone)
    if ways[0] in {"range", "timeRange"}:
        return windows.named(choice(params, ways[0], NAMES, default), now, zone)
    return _between(told, now, zone)


def query_of(window: Window) -> dict[str, str]:
    """Return the parameters that ask for exactly this window again, whatever the time is then."""
    if window.name == "all":
        return {"range": "all", "tz": window.zone}
    if window.is_whole_days:
        last = window.end_day - windows.DAY
        return {"from": window.first_day.isoformat(), "to": last.isoformat(), "tz": window.zone}
    return {"from": _written(window.start_at), "to": _written(window.end_at), "tz": window.zone}


def scope_of(params: Mapping[str, Any], user: Any) -> Scope:
    """Return of whom or what the query asks, if `user` may know it: `item` (with `source` for a key), `owner`, `user`
    or `source`; without any, everything.

    Own items and oneself for members, all for staff. Raises Http404 for what one may not know, as for what is not there;
    PermissionDenied where a member asks about everything; Bad `invalid_parameter`; AmbiguousKey. At most two queries.
    """
    told = {name: text for name in SUBJECT_NAMES if (text := _one(params, name)) is not None}
    ways = [name for name in told if name != "source" or "item" not in told]
    if len(ways) > 1:
        raise Bad(ways[1], "invalid_parameter", f"Give this or {ways[0]}, not both.")
    if not ways or ways[0] == "source":
        if not staff.reads_numbers(user):
            raise PermissionDenied
        return Scope.source(_source(told["source"])) if ways else Scope.platform()
    if ways[0] == "item":
        return Scope.item(item_of(told["item"], told.get("source"), user).pk)
    member = _member(ways[0], told[ways[0]], user)
    return Scope.owner(member.pk) if ways[0] == "owner" else Scope.user(member.uuid)


def subject_query(scope: Scope) -> dict[str, str]:
    """Return the parameters that ask for this scope again. One query for an item or an owner."""
    if scope.subject is Subject.USER:
        return {"user": str(scope.key)}
    if scope.subject is Subject.ITEM:
        return {"item": str(Item.objects.values_list("uuid", flat=True).get(pk=scope.key))}
    if scope.subject is Subject.OWNER:
        return {"owner": str(get_user_model().objects.values_list("uuid", flat=True).get(pk=scope.key))}
    return {"source": str(scope.key)} if scope.subject is Subject.SOURCE else {}


def item_of(key: str, source: str | None, user: Any) -> Item:
    """Return an item by its UUID, or by the key that a source calls it by, if it is the user's own or the user is staff.

    Raises Http404; AmbiguousKey when two sources use the key. One query.
    """
    if "\0" in key or len(key) > 200:
        raise Http404
    known = wire.as_uuid(key)
    items = Item.objects.filter(uuid=known) if known else Item.objects.filter(external_key=key)
    if not staff.reads_items(user):
        if user.pk is None:
            raise Http404
        items = items.filter(owner_id=user.pk, deleted_at=None)
    if source is not None:
        items = items.filter(source_id=_number("source", source))
    found = list(items.select_related("owner")[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise AmbiguousKey
    return found[0]


def allow(metric: Metric, scope: Scope, user: Any) -> None:
    """Refuse a metric that is not for this subject, or not for this user.

    Raises Bad `invalid_choice`, or Http404, as if there were no such metric.
    """
    if metric.privacy is Privacy.STAFF and not staff.reads_numbers(user):
        raise Http404
    if scope.subject not in metric.subjects:
        names = ", ".join(sorted(metric.subjects))
        raise Bad("subject", "invalid_choice", f"This metric is not of that; it is of: {names}.")


def _one(params: Mapping[str, Any], name: str) -> str | None:
    many = params.getlist(name) if hasattr(params, "getlist") else [params[name]] if name in params else []
    if len(many) > 1:
        raise Bad(name, "repeated_parameter", "This may be given once.")
    return many[0] if many else None


def _between(told: dict[str, str], now: datetime, zone: str) -> Window:
    if "from" not in told:
        raise Bad("from", "invalid_parameter", "`to` needs a `from`.")
    start, end = _moment("from", told["from"]), _moment("to", told["to"]) if "to" in told else windows.day_of(now, zone)
    start_at = start if isinstance(start, datetime) else windows.midnight(start, zone)
    end_at = end if isinstance(end, datetime) else windows.midnight(end + windows.DAY, zone)
    if start_at >= end_at:
        raise Bad("from", "invalid_range", "The window ends before it begins.")
    window = Window(start_at, end_at, zone, "", now if start_at <= now < end_at else None)
    if window.days > LONGEST_DAYS + (not window.is_whole_days):
        raise Bad("from", "range_too_large", f"A window has at most {LONGEST_DAYS} days.")
    return window


def _moment(name: str, text: str) -> date | datetime:
    wrong = Bad(name, "invalid_date", "This is a day such as 2026-01-17, or an instant such as 2026-01-17T14:00:00Z.")
    if not text.isascii():
        raise wrong
    try:
        found = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise wrong from None
    if isinstance(found, datetime) and found.tzinfo is None:
        raise Bad(name, "timestamp_without_timezone", "An instant needs its offset, such as Z or +01:00.")
    day = found.date() if isinstance(found, datetime) else found
    if not EARLIEST <= day <= LATEST:
        raise Bad(name, "value_out_of_range", f"This is from {EARLIEST} to {LATEST}.")
    return found.astimezone(UTC) if isinstance(found, datetime) else found


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Bad(name, "invalid_parameter", "This is a source's number.")
    return int(text)


def _source(text: str) -> int:
    number = _number("source", text)
    if not Source.objects.filter(pk=number).exists():
        raise Http404
    return number


def _member(name: str, text: str, user: Any) -> Any:
    if text == "me":
        if getattr(user, "pk", None) is None:
            raise Http404
        return user
    known = wire.as_uuid(text)
    if known is None:
        raise Bad(name, "invalid_parameter", "This is a member's id, or `me`.")
    if known == getattr(user, "uuid", None):
        return user
    member = get_user_model().objects.filter(uuid=known).first() if staff.reads_numbers(user) else None
    if member is None:
        raise Http404
    return member
