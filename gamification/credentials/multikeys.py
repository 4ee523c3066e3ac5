"""Ed25519 keys and signatures as text: Multikey and multibase base58btc (W3C Controlled Identifiers 1.0, 2.2 and 2.4)."""

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ED25519 = b"\xed\x01"
LONGEST = 200


class NotMultibase(Exception):
    """The text is not what it should be."""


def encoded(content: bytes) -> str:
    """Return bytes as multibase base58btc: `z`, then the digits; a leading zero byte is a 1."""
    number, digits = int.from_bytes(content, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        digits = ALPHABET[digit] + digits
    return "z" + "1" * (len(content) - len(content.lstrip(b"\0"))) + digits


def decoded(text: str) -> bytes:
    """Return the bytes that a multibase base58btc text stands for. Raises NotMultibase."""
    if not text.startswith("z") or len(text) > LONGEST or any(char not in ALPHABET for char in text[1:]):
        raise NotMultibase
    digits, number = text[1:], 0
    for char in digits:
        number = number * 58 + ALPHABET.index(char)
    zeros = len(digits) - len(digits.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def ed25519_key(multikey: str) -> bytes:
    """Return the 32 bytes of a public key. Raises NotMultibase for any other kind of key."""
    content = decoded(multikey)
    if not content.startswith(ED25519) or len(content) != 34:
        raise NotMultibase
    return content[2:]
