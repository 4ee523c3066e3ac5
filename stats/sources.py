"""Sources and their keys: a public one for browsers, a secret one for servers, kept only as a hash."""

import hashlib
import secrets
import time
from urllib.parse import urlsplit

from stats.models import Source, new_public_key

PUBLIC, SECRET = "pk_", "sk_"
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_KEY = 100
REMEMBERED_S = 2.0
_remembered: dict[str, tuple[float, Source | None]] = {}


class InvalidOrigin(ValueError):
    """An origin that is no `https://host[:port]`."""


def create(name: str, origins: list[str] | None = None) -> tuple[Source, str]:
    """Make a source. Returns it and its secret key, which nobody can read again."""
    secret = new_secret()
    source = Source.objects.create(
        name=name,
        public_key=new_public_key(),
        secret_hash=hashed(secret),
        origins=[normal_origin(origin) for origin in origins or []],
    )
    return source, secret


def rotate_secret(source: Source) -> str:
    """Give a source a new secret key, and return it. The old one ends within seconds."""
    secret = new_secret()
    source.secret_hash = hashed(secret)
    source.save(update_fields=["secret_hash"])
    _remembered.clear()
    return secret


def by_secret(key: str) -> Source | None:
    """Return the active source of a secret key. Asks the database at most every 2 seconds per key."""
    return _by(key, secret_hash=hashed(key)) if key.startswith(SECRET) else None


def by_public(key: str) -> Source | None:
    """Return the active source of a public key. Asks the database at most every 2 seconds per key."""
    return _by(key, public_key=key) if key.startswith(PUBLIC) else None


def new_secret() -> str:
    """Return a new secret key."""
    return SECRET + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is stored of a secret key: it has 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def normal_origin(origin: str) -> str:
    """Return an origin as browsers send it: lower case, without the port that its scheme implies. Raises InvalidOrigin."""
    wrong = InvalidOrigin(f"{origin!r} is no origin like https://example.org.")
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port
    except ValueError:
        raise wrong from None
    rest = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or rest or not parts.netloc.isascii():
        raise wrong
    return f"{parts.scheme}://{parts.netloc.removesuffix(f':{port}') if port == DEFAULT_PORTS[parts.scheme] else parts.netloc}"


def _by(key: str, **where: str) -> Source | None:
    if len(key) > LONGEST_KEY or not key.isprintable():
        return None  # neither remembered nor asked for: anybody may send anything as a key
    now = time.monotonic()
    until, source = _remembered.get(key, (0.0, None))
    if until < now:
        source = Source.objects.filter(is_active=True, **where).first()
        if len(_remembered) > 10_000:
            _remembered.clear()
        _remembered[key] = (now + REMEMBERED_S, source)
    return source
