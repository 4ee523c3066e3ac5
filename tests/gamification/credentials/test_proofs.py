"""Proofs inside documents, held against the specification's own vector."""

import copy
import time
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gamification.credentials import canonizing, multikeys, proofs
from gamification.credentials.canonizing import CannotBeWritten
from tests.gamification.credentials import vector

KEY = bytes.fromhex(vector.PUBLIC_KEY)
PROOF: Any = vector.SIGNED["proof"]


def credential(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(vector.CREDENTIAL) | changes


def test_document_and_proof_are_written_as_the_specification_has_them():
    document = canonizing.canonical(credential())
    options = canonizing.canonical({"@context": vector.CREDENTIAL["@context"], **vector.OPTIONS})

    assert sha256(document).hexdigest() == vector.DOCUMENT_HASH
    assert sha256(options).hexdigest() == vector.PROOF_HASH
    assert len(document.splitlines()) == 16


def test_the_specifications_key_makes_the_specifications_proof():
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector.PRIVATE_KEY))

    signed = proofs.prove(credential(), vector.OPTIONS, key)

    assert signed == vector.SIGNED
    assert multikeys.decoded(vector.PROOF_VALUE).hex() == vector.SIGNATURE


def test_the_specifications_proof_holds():
    assert multikeys.ed25519_key(vector.MULTIKEY) == KEY
    assert proofs.holds(proofs.Bare(vector.SIGNED), PROOF, KEY)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Leadership Badge"},
        {"validFrom": "2010-01-02T00:00:00Z"},
        {"id": "http://example.com/credentials/3528"},
        {"credentialSubject": {**vector.CREDENTIAL["credentialSubject"], "id": "did:example:other"}},
    ],
)
def test_a_changed_document_has_no_proof(changes):
    assert not proofs.holds(proofs.Bare(credential(**changes)), PROOF, KEY)


@pytest.mark.parametrize("changes", [{"created": "2011-01-01T19:23:24Z"}, {"proofPurpose": "authentication"}])
def test_a_changed_proof_does_not_hold(changes):
    assert not proofs.holds(proofs.Bare(credential()), {**PROOF, **changes}, KEY)


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": [*vector.CREDENTIAL["@context"], "https://example.org/unknown"]},
        {"@context": [*vector.CREDENTIAL["@context"], {"name": "https://schema.org/description"}]},
        {"unexplained": "not signed by anybody"},
        {"type": ["VerifiableCredential", "OpenBadgeCredential", "Unexplained"]},
        {"id": "relative"},
        {"issuer": {**vector.CREDENTIAL["issuer"], "@context": {"name": "https://schema.org/url"}}},
        {"name": "Team\x00work"},
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(changes):
    with pytest.raises(CannotBeWritten):
        canonizing.canonical(credential(**changes))


def test_parts_that_cannot_be_told_apart_are_given_up_at_once():
    names = [f"_:b{number}" for number in range(9)]
    alike = [{"id": one, "endorsement": [{"id": other} for other in names if other != one]} for one in names]
    started = time.monotonic()

    with pytest.raises(CannotBeWritten):
        canonizing.canonical(credential(endorsement=alike))

    assert time.monotonic() - started < 5


SHORT, LONG = [f"s{number}" for number in range(190)], [f"s{number}" for number in range(201)]
OTHER = "https://other.example/"


@pytest.mark.parametrize(
    "changes",
    [
        {f"{OTHER}a": LONG},
        {f"{OTHER}{number}": SHORT for number in range(11)},
        {f"{OTHER}a": [SHORT, SHORT]},
        {f"{OTHER}a": [{"@set": SHORT}, {"@set": SHORT}]},
        {"@nest": [{f"{OTHER}a": SHORT}, {f"{OTHER}a": LONG[50:]}]},
        {f"{OTHER}{number}": {"id": "urn:same", f"{OTHER}a": [f"{number}{one}" for one in SHORT]} for number in (1, 2)},
        {"@context": vector.CREDENTIAL["@context"] * 60},
    ],
    ids=range(7),
)
def test_what_would_take_too_long_is_refused_at_once(changes):
    started = time.monotonic()

    with pytest.raises(CannotBeWritten):
        canonizing.canonical(credential(**changes))

    assert time.monotonic() - started < 2


def test_a_list_as_long_as_may_be_is_written():
    assert canonizing.canonical(credential(**{f"{OTHER}a": LONG[:200]})).count(b"other.example/a") == 200


def test_nested_beyond_measure_is_refused():
    deep: Any = {"narrative": "end"}
    for _ in range(3000):
        deep = {"criteria": deep}

    with pytest.raises(CannotBeWritten):
        canonizing.canonical(credential(credentialSubject=deep))


@given(st.binary(max_size=70))
def test_bytes_come_back_from_base58(content):
    assert multikeys.decoded(multikeys.encoded(content)) == content


@pytest.mark.parametrize("text", ["", "x", "z0", "zl", "z" + "1" * 300, vector.PROOF_VALUE, "z6Mk"])
def test_what_is_no_ed25519_key_is_refused(text):
    with pytest.raises(multikeys.NotMultibase):
        multikeys.ed25519_key(text)
