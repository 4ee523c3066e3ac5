"""What the demo's people did: plays with what follows from them, as events of the wire. Pure: the same seed, the same days."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

DAYS = 30
VISITORS_A_DAY = 22
# How likely each hour of the day is, at the person's own place
HOURS = (1, 0.5, 0.3, 0.2, 0.3, 0.6, 1.5, 3, 3.5, 2.5, 2, 2.2, 3.4, 3, 2.2, 2, 2.4, 3.2, 4.4, 6, 7.5, 8, 6, 3)
WEEKDAYS = (0.85, 0.8, 0.85, 0.9, 1.0, 1.4, 1.5)
SOURCES = ("landing",) * 5 + ("search",) * 3 + ("direct",) * 3 + ("share",) * 2 + ("player",) * 2 + ("playlist",)
PLATFORMS = ("copy_link",) * 5 + ("whatsapp",) * 4 + ("email",) * 2 + ("twitter", "facebook", "embed")
RATED = 0.16
STARS = (1, 2, 3, 4, 5)
SPEEDS = (1.0,) * 8 + (1.25, 1.5)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who watches; None as `uuid` is a visitor without a name."""

    uuid: str | None
    time_zone: str
    zeal: float
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Watched:
    """Something to watch. `seconds` is 0 for what has no length."""

    uuid: str
    type: str
    seconds: float
    appeal: float
    published_at: datetime
    owner: str
    words: tuple[str, ...] = ()


def events(
    watchers: Sequence[Watcher], works: Sequence[Watched], hero: Watcher, now: datetime, seed: int = 8
) -> Iterator[dict[str, Any]]:
    """Yield thirty days of events up to `now`, in no order; `hero` has things begun in the last two days."""
    dice = Random(seed)  # noqa: S311
    visitor = Watcher(None, "UTC", 0)
    for day in range(DAYS, -1, -1):
        date = (now - timedelta(days=day)).date()
        growth = 0.7 + 0.3 * (DAYS - day) / DAYS
        for watcher in watchers:
            for _ in range(_often(dice, 0.8 * watcher.zeal * growth * WEEKDAYS[date.weekday()])):
                yield from _session(dice, watcher, works, _moment(dice, date, watcher.time_zone), now)
        for _ in range(_often(dice, VISITORS_A_DAY * growth * WEEKDAYS[date.weekday()])):
            yield from _session(dice, visitor, works, _moment(dice, date, "UTC"), now)
    yield from _lately(dice, hero, works, now)


def _often(dice: Random, mean: float) -> int:
    """Return how often something happens that happens `mean` times on average (Knuth's product of dice)."""
    count, product, limit = 0, dice.random(), 2.718281828459045**-mean
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def _moment(dice: Random, date: Any, time_zone: str) -> datetime:
    hour = dice.choices(range(24), HOURS)[0]
    local = datetime.combine(date, time(hour, dice.randrange(60), dice.randrange(60)), ZoneInfo(time_zone))
    return local.astimezone(UTC)


def _session(
    dice: Random, watcher: Watcher, works: Sequence[Watched], at: datetime, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield one visit: a few plays, and what somebody does with what they have seen."""
    session = _hex(dice)
    for _ in range(dice.choice((1, 1, 2, 2, 3, 4)) if watcher.uuid else dice.choice((1, 1, 2))):
        choice = [work for work in works if work.published_at <= at and work.owner != watcher.uuid]
        if not choice or at >= now - timedelta(minutes=50):
            return
        age = [1 + 1.5 / (1 + (at - work.published_at).total_seconds() / 86_400) for work in choice]
        work = dice.choices(choice, [work.appeal * fresh for work, fresh in zip(choice, age, strict=True)])[0]
        play = _play(dice, watcher, work, at, session, _part(dice))
        if play["source"] == "search":
            yield _event(dice, "search", watcher, at, session, name=_word(dice, work), results=dice.randrange(1, 9))
        yield play
        after = at + timedelta(seconds=play["duration_seconds"] + 2)
        yield from _reactions(dice, watcher, work, after, session)
        at = after + timedelta(seconds=5 + dice.random() * 240)
    if watcher.features and dice.random() < 0.35:
        yield _event(dice, "feature_used", watcher, at, session, feature=dice.choice(watcher.features))


def _part(dice: Random) -> float:
    """Return how much of something is watched: most to the end, some only a little."""
    return 1.0 if dice.random() < 0.55 else 0.15 + 0.8 * dice.random()


def _play(dice: Random, watcher: Watcher, work: Watched, at: datetime, session: str, part: float) -> dict[str, Any]:
    told: dict[str, Any] = {"item": work.uuid, "play_id": _hex(dice), "source": dice.choice(SOURCES)}
    if work.type == "image":
        told["duration_seconds"] = round(2 + 18 * dice.random(), 1)
    elif work.type == "stream":
        told["duration_seconds"] = round(120 + 1500 * dice.random(), 1)
    else:
        covered, speed = round(work.seconds * part, 2), dice.choice(SPEEDS)
        told |= {
            "duration_seconds": round(covered / speed, 2),
            "item_duration_seconds": work.seconds,
            "position_seconds": covered,
            "ranges": [[0, covered]],
            "speed": speed,
            "completed": part >= 0.9,
        }
        if work.type == "video":
            told["quality"] = "360p"
    return _event(dice, "play", watcher, at, session, **told)


def _reactions(dice: Random, watcher: Watcher, work: Watched, at: datetime, session: str) -> Iterator[dict[str, Any]]:
    warmth = 1.0 if watcher.uuid else 0.25
    chances: tuple[tuple[str, float, dict[str, Any]], ...] = (
        ("like", 0.3, {}),
        ("save", 0.1, {}),
        ("share", 0.07, {"platform": dice.choice(PLATFORMS)}),
        ("download", 0.05, {}),
    )
    for kind, chance, told in chances:
        if dice.random() < chance * warmth * min(2.0, work.appeal) / 1.4 and not (
            kind == "download" and work.type == "stream"
        ):
            yield _event(dice, kind, watcher, at, session, item=work.uuid, **told)
    if watcher.uuid and dice.random() < RATED:
        yield _event(dice, "rating", watcher, at, session, item=work.uuid, stars=dice.choices(STARS, _tastes(work))[0])


def _tastes(work: Watched) -> tuple[float, ...]:
    """Return how likely each number of stars is; what appeals gets more of the high ones."""
    return 0.2, 0.5, 1.2, 1 + work.appeal, 1 + 1.5 * work.appeal


def _word(dice: Random, work: Watched) -> str:
    """Return what somebody looked for who found this."""
    return dice.choice(work.words or ("slow",))


def _lately(dice: Random, hero: Watcher, works: Sequence[Watched], now: datetime) -> Iterator[dict[str, Any]]:
    """Yield what the member of the log-in has begun and not finished."""
    films = sorted((work for work in works if work.type == "video"), key=lambda work: -work.appeal)
    for work, hours, part in zip(films[1:5:2] + films[:1], (26, 5, 0.7), (0.44, 0.71, 0.63), strict=True):
        at = now - timedelta(hours=hours)
        play = _play(dice, hero, work, at, _hex(dice), part)
        yield play
        yield _event(
            dice, "like", hero, at + timedelta(seconds=play["duration_seconds"]), play["session_id"], item=work.uuid
        )


def _event(dice: Random, kind: str, watcher: Watcher, at: datetime, session: str, **told: Any) -> dict[str, Any]:
    event = {
        "type": kind,
        "id": str(uuid.UUID(_hex(dice))),
        "occurred_at": at.isoformat(),
        "session_id": session,
        **told,
    }
    return event | {"user": watcher.uuid} if watcher.uuid else event


def _hex(dice: Random) -> str:
    """Return a UUID of version 4 from the dice, as 32 digits."""
    return uuid.UUID(int=dice.getrandbits(128), version=4).hex
