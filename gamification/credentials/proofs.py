"""Proofs inside a document: `DataIntegrityProof` of the suite eddsa-rdfc-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0).

What is signed is SHA-256 of the proof's options, then SHA-256 of the document, both in canonical form.
"""

from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gamification.credentials import multikeys
from gamification.credentials.canonizing import CannotBeWritten, canonical

TYPE = "DataIntegrityProof"
SUITE = "eddsa-rdfc-2022"


class Bare:
    """A document without its proofs: its canonical form is made once, however many proofs are held against it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = {name: value for name, value in document.items() if name != "proof"}
        self._made: bytes | CannotBeWritten | None = None

    def hashed(self) -> bytes:
        """Return SHA-256 of the canonical form. Raises CannotBeWritten."""
        if self._made is None:
            try:
                self._made = sha256(canonical(self.document)).digest()
            except CannotBeWritten as refusal:
                self._made = refusal
        if isinstance(self._made, CannotBeWritten):
            raise self._made
        return self._made


def prove(document: dict[str, Any], options: dict[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the document with a proof; `options` is the proof but for its value. Raises CannotBeWritten."""
    value = multikeys.encoded(key.sign(_signed(Bare(document), options)))
    return document | {"proof": options | {"proofValue": value}}


def holds(bare: Bare, proof: dict[str, Any], key: bytes) -> bool:
    """Whether the proof was made over this document by the holder of a public key. Raises CannotBeWritten."""
    try:
        signature = multikeys.decoded(str(proof.get("proofValue", "")))
        options = {name: value for name, value in proof.items() if name != "proofValue"}
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed(bare, options))
    except (multikeys.NotMultibase, InvalidSignature, ValueError):
        return False
    return True


def _signed(bare: Bare, options: dict[str, Any]) -> bytes:
    """Return the 64 bytes that are signed."""
    in_context = {"@context": bare.document.get("@context")} | options
    return sha256(canonical(in_context)).digest() + bare.hashed()
