"""Looking at the facts of one member again: what stands must be what follows from them."""

import uuid
from datetime import datetime

from django.db import connection, transaction

from gamification import game, queries
from gamification.models import Player
from stats import fresh, ledger
from stats.fields import MICROSECOND
from stats.fresh import Fresh


def refresh(actor: uuid.UUID, now: datetime) -> bool:
    """Derive a member anew where the streak kept is not the one that all activity makes. Returns whether it was not.

    It awards nothing: the ledger holds what follows from the log, before as after.
    """
    if not Player.objects.filter(actor=actor).exists() or _is_sound(actor, now):
        return False
    fresh.open_stage(connection)
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.text_uuids(cursor)
        ledger.lock(cursor)
        game.derive(Fresh(cursor), str(actor) if connection.vendor == "postgresql" else actor.hex)
    return True


def _is_sound(actor: uuid.UUID, now: datetime) -> bool:
    (standing,) = queries.standings([actor], now).values()
    return standing == queries.streak_until(actor, now + MICROSECOND)
