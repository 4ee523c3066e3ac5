"""How often one address may have credentials checked: a check costs the server far more than the asking."""

import time
from ipaddress import AddressValueError, IPv6Address, IPv6Network

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from stats.visitors import client_address

MOST = 30
MINUTE_S = 60
PREFIX = 64


class TooFast(Exception):
    """Past the limit: `wait_s` until the next minute. The message is for who is to wait."""

    def __init__(self, wait_s: int) -> None:
        self.wait_s = wait_s
        text = ngettext(
            "Too many checks from your network. Try again in %d second.",
            "Too many checks from your network. Try again in %d seconds.",
            wait_s,
        )
        super().__init__(text % wait_s)


def check(request: HttpRequest) -> None:
    """Count one check of this minute. Raises TooFast, before anything is read.

    The address is kept nowhere: the cache has a keyed hash of it, for two minutes.
    """
    minute, second = divmod(int(time.time()), MINUTE_S)
    who = salted_hmac("credentials.pacing", _network(client_address(request)), algorithm="sha256").hexdigest()
    key = f"credentials.checks.{minute}.{who}"
    cache.add(key, 0, 2 * MINUTE_S)
    try:
        used = cache.incr(key)
    except ValueError:  # the cache is down
        return
    if used > MOST:
        raise TooFast(MINUTE_S - second)


def _network(address: str) -> str:
    """Return an address as one household has it: of IPv6 the network, as each has more addresses than can be counted."""
    try:
        found = IPv6Address(address)
    except AddressValueError:
        return address
    return str(found.ipv4_mapped or IPv6Network((found, PREFIX), strict=False))
