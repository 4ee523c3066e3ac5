"""Keys: made, opened, retired, revoked. Private parts rest encrypted under the site's secret key."""

import hmac
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc.jwk import RSAKey

from gamification.credentials.models import SigningKey

BITS = 2048  # the size that 1EdTech's Security Framework 1.1, 6.1, asks for
SECRET_KEY_USE = b"gamification.credentials.keys"


class CannotBeOpened(Exception):
    """No secret key of this site opens the private part: it was made under one that is gone."""


def signing() -> SigningKey:
    """Return the key that signs now, made where there is none, or none that this site's secret key opens."""
    key = SigningKey.objects.filter(retired_at=None).first()
    if key is None:
        return _make()
    try:
        private_of(key)
    except CannotBeOpened:
        return rotate()
    return key


@transaction.atomic
def rotate() -> SigningKey:
    """Let a new key sign from now on. What the one before has signed stays good."""
    SigningKey.objects.filter(retired_at=None).update(retired_at=timezone.now())
    return _make()


@transaction.atomic
def revoke(name: str) -> bool:
    """Take a key's word back: nothing that it signed is good any more, and members are given it anew when they ask."""
    now = timezone.now()
    SigningKey.objects.filter(name=name, retired_at=None).update(retired_at=now)
    return bool(SigningKey.objects.filter(name=name, revoked_at=None).update(revoked_at=now))


def private_of(key: SigningKey) -> RSAKey:
    """Return a key with its private part. Raises CannotBeOpened."""
    return _opened(key.private, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def public_of(jwk: dict[str, Any]) -> RSAKey:
    """Return a public key from its JWK. Raises joserfc's JoseError, or ValueError."""
    return RSAKey.import_key(jwk)


def _make() -> SigningKey:
    """Make a key that signs; if another process was quicker, return that one's."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(_password(settings.SECRET_KEY)),
    )
    jwk = RSAKey.import_key(private).as_dict(private=False)
    public = {name: jwk[name] for name in ("kty", "n", "e")}
    try:
        with transaction.atomic():
            return SigningKey.objects.create(public=public, private=pem.decode())
    except IntegrityError:
        return SigningKey.objects.get(retired_at=None)


def _password(secret: str) -> bytes:
    """Return what private parts are encrypted with."""
    return hmac.new(secret.encode(), SECRET_KEY_USE, sha256).hexdigest().encode()


@lru_cache(maxsize=8)
def _opened(pem: str, secrets: tuple[str, ...]) -> RSAKey:
    """Open a private part with the first secret that does."""
    for secret in secrets:
        try:
            private = serialization.load_pem_private_key(pem.encode(), _password(secret))
        except ValueError:
            continue
        if isinstance(private, rsa.RSAPrivateKey):
            return RSAKey.import_key(private)
    raise CannotBeOpened
