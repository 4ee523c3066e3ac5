"""Visitors without account and guest id: a hash of address, agent and source with a salt of the day.

The salt is random, shared by all processes and deleted after two days, so that nobody can link a hash to an address
later. The address itself is never stored.
"""

import hashlib
import os
import uuid
from datetime import date, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from stats.models import DailySalt

KEPT_DAYS = 2
_salts: dict[date, bytes] = {}


def today() -> date:
    """Return the site's day. The active time zone may be that of the member whom this thread served before."""
    return timezone.localdate(timezone=timezone.get_default_timezone())


def visitor_id(request: HttpRequest, source_id: int, today: date) -> uuid.UUID:
    """Return today's id of who sends this request."""
    agent = request.headers.get("User-Agent", "")[:500]
    text = f"{client_address(request)}\x1f{agent}\x1f{source_id}".encode()
    return uuid.UUID(bytes=hashlib.blake2b(text, key=salt_of(today), digest_size=16).digest())


def salt_of(today: date) -> bytes:
    """Return the day's salt, made by whoever needs it first."""
    salt = _salts.get(today)
    if salt is None:
        DailySalt.objects.bulk_create([DailySalt(day=today, salt=os.urandom(32))], ignore_conflicts=True)
        salt = bytes(DailySalt.objects.get(day=today).salt)
        _salts.clear()
        _salts[today] = salt
    return salt


def drop_old_salts(today: date) -> int:
    """Delete the salts of the days before yesterday. Returns how many."""
    return DailySalt.objects.filter(day__lte=today - timedelta(days=KEPT_DAYS)).delete()[0]


def client_address(request: HttpRequest) -> str:
    """Return the address of who is asking, behind exactly as many proxies as `TRUSTED_PROXIES` says."""
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return request.META.get("REMOTE_ADDR", "")
