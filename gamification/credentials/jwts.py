"""Credentials as signed texts: compact JWS with RS256 (RFC 7515), as Open Badges 3.0 in its section 8.2 narrows it down."""

import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

ALGORITHMS = ("RS256", "Ed25519")
HEADERS = {"alg", "kid", "jwk", "typ"}
PRIVATE_PARTS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
LEAST_BITS, MOST_BITS = 2048, 8192


class Malformed(Exception):
    """The text is no credential; the text of the refusal says why."""


class _Roomy(JWSRegistry):
    """What joserfc takes, with room for an RSA key in the header."""

    max_header_length = 4096
    max_payload_length = 200_000


def sign(payload: dict[str, Any], key: RSAKey, kid: str) -> str:
    """Return the payload as a signed text."""
    content = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact({"alg": "RS256", "kid": kid, "typ": "JWT"}, content, key, algorithms=["RS256"])


def header_of(text: str) -> dict[str, Any]:
    """Return the header, which has nothing but what is allowed. Raises Malformed."""
    header = parsed(_segment(text, 0))
    if unknown := set(header) - HEADERS:
        raise Malformed(f"its header has {sorted(unknown)[0][:40]}, which is not allowed")
    if header.get("alg") not in ALGORITHMS:
        raise Malformed("it is not signed with RS256 or Ed25519")
    if header.get("typ", "JWT") != "JWT":
        raise Malformed("its header says that it is no JWT")
    if ("kid" in header) == ("jwk" in header):
        raise Malformed("its header does not name one key")
    return header


def payload_of(text: str) -> dict[str, Any]:
    """Return what the text says, which nothing vouches for yet. Raises Malformed."""
    return parsed(_segment(text, 1))


def key_of(jwk: Any, algorithm: str) -> RSAKey | OKPKey:
    """Return a public key that fits an algorithm. Raises Malformed."""
    if not isinstance(jwk, dict) or PRIVATE_PARTS & set(jwk):
        raise Malformed("its key is no public key")
    try:
        if algorithm == "RS256":
            bits = int.from_bytes(urlsafe_b64decode(jwk["n"].encode("ascii")), "big").bit_length()
            if not LEAST_BITS <= bits <= MOST_BITS:
                raise Malformed(f"its key does not have {LEAST_BITS} to {MOST_BITS} bits")
            return RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
        if jwk.get("crv") != "Ed25519":
            raise Malformed("its key does not fit its algorithm")
        return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed("its key cannot be read") from error


def holds(text: str, key: RSAKey | OKPKey, algorithm: str) -> bool:
    """Whether the signature was made by the holder of a key, with this algorithm and no other."""
    try:
        jws.deserialize_compact(text, key, registry=_Roomy(algorithms=[algorithm]))
    except (JoseError, ValueError):
        return False
    return True


def parsed(content: str | bytes) -> dict[str, Any]:
    """Return a JSON object in which no name comes twice. Raises Malformed."""
    try:
        found = json.loads(content, object_pairs_hook=_once, parse_constant=_refused)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair could be neither shown nor sent
    except (ValueError, RecursionError) as error:
        raise Malformed("it is not readable as JSON") from error
    if not isinstance(found, dict):
        raise Malformed("it is no JSON object")
    return found


def _segment(text: str, index: int) -> bytes:
    """Return one of the three parts. Raises Malformed."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed("it does not have the three parts of a JWT")
    try:
        return urlsafe_b64decode(parts[index].encode("ascii"))
    except ValueError as error:
        raise Malformed("its parts are not base64url") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object. Raises ValueError where a name comes twice: readers would disagree about which counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refused(_name: str) -> Any:
    """Refuse NaN and infinities, which are not JSON."""
    raise ValueError
