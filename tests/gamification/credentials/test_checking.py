"""Checking credentials: this site's own, other sites', changed ones, forged ones, and what is none."""

import base64
import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from joserfc.jwk import OctKey, OKPKey, RSAKey

from gamification.credentials import checking, documents, keys, multikeys, proofs
from gamification.credentials.checking import Report, State, Verdict
from tests.factories import make_user
from tests.gamification.credentials import badges, vector
from tests.gamification.credentials.badges import NOW

pytestmark = pytest.mark.django_db
SITE = settings.SITE_URL


def verdict(text: str, **options: Any) -> Verdict:
    return checking.check(text, options.pop("now", NOW), **options).verdict


def states(report: Report) -> dict[str, State]:
    return {check.key: check.state for check in report.checks}


def bad(text: str) -> set[str]:
    return {key for key, state in states(checking.check(text, NOW)).items() if state is State.BAD}


def resigned(row: Any, **changes: Any) -> str:
    """Return a credential of this site with other content, signed with this site's key."""
    content = badges.payload(row) | changes
    kid = f"{SITE}/ob/keys/{row.key.name}"
    return badges.signed({k: v for k, v in content.items() if v is not None}, keys.private_of(row.key), kid=kid)


@pytest.fixture
def row():
    return badges.issued(make_user("ana"))


# Our own


def test_an_own_credential_is_good(row, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        report = checking.check(f"\n {row.text}\n", NOW, email="ANA@example.org")

    assert report.verdict is Verdict.VALID
    assert states(report) == dict.fromkeys(
        ("form", "proof", "issuer", "equal", "times", "status", "person"), State.GOOD
    )
    assert (report.own, report.says["name"], report.says["criteria"]) == (row, "Committed", "7-day streak")


def test_it_is_not_of_another_address(row):
    report = checking.check(row.text, NOW, email="ben@example.org")

    assert report.verdict is Verdict.INVALID
    assert states(report)["person"] is State.BAD


def test_once_taken_back_it_is_not_good(row):
    badges.take_back(row.user)

    assert bad(row.text) == {"status"}


def test_before_it_was_earned_it_is_not_valid(row):
    assert verdict(row.text, now=badges.EARNED - timedelta(days=1)) is Verdict.INVALID


def test_of_a_closed_account_it_is_not_known(row):
    row.user.delete()

    assert bad(row.text) == {"status"}


def test_one_that_this_site_never_issued_is_not_good_even_with_its_key(row):
    other = f"{SITE}/ob/credentials/0198e1e0-7c3a-7d0f-9c5b-2a6f1d3e4c5b"

    assert bad(resigned(row, id=other, jti=other)) == {"status"}


def test_with_a_revoked_or_unknown_key_it_is_not_good(row):
    text, kid = row.text, f"{SITE}/ob/keys/0123456789abcdef"
    unknown = badges.signed(badges.payload(row), keys.private_of(row.key), kid=kid)

    assert bad(unknown) == {"proof"}
    keys.revoke(row.key.name)
    assert bad(text) == {"proof", "status"}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"iss": "https://other.example/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"jti": "urn:other"}, "jti"),
        ({"sub": "urn:other"}, "sub"),
        ({"sub": None}, "sub"),
        ({"nbf": 1}, "nbf"),
        ({"nbf": True}, "nbf"),
        ({"nbf": "1778751015"}, "nbf"),
        ({"exp": 4_000_000_000}, "exp"),
        ({"validUntil": "2030-01-01T00:00:00Z"}, "exp"),
        ({"validFrom": "2026-05-15T09:30:15Z"}, "nbf"),
    ],
)
def test_each_claim_says_the_same_as_the_credential(row, changes, what):
    report = checking.check(resigned(row, **changes), NOW)

    assert states(report)["equal"] is State.BAD
    assert what in next(check.text for check in report.checks if check.key == "equal")


def test_a_changed_payload_or_signature_does_not_fit(row):
    header, payload, signature = row.text.split(".")
    changed = (
        base64.urlsafe_b64encode(json.dumps(badges.payload(row) | {"name": "Other"}).encode()).rstrip(b"=").decode()
    )
    flipped = ("A" if signature[20] != "A" else "B").join((signature[:20], signature[21:]))

    assert "proof" in bad(f"{header}.{changed}.{signature}")
    assert "proof" in bad(f"{header}.{payload}.{flipped}")
    assert "proof" in bad(f"{header}.{payload}.")


def test_another_issuer_cannot_use_our_key_nor_we_theirs(row):
    content, key = badges.foreign()
    ours = badges.signed(content, keys.private_of(row.key), kid=f"{SITE}/ob/keys/{row.key.name}")
    forged = badges.signed(badges.payload(row), key, jwk=key.as_dict(private=False))

    assert bad(ours) == {"issuer"}
    assert bad(forged) == {"issuer"}


# Of other sites


def test_a_foreign_credential_with_its_key_in_it_is_at_best_unconfirmed():
    content, key = badges.foreign()

    report = checking.check(badges.signed(content, key, jwk=key.as_dict(private=False)), NOW)

    assert report.verdict is Verdict.UNCONFIRMED
    assert (states(report)["proof"], states(report)["issuer"]) == (State.GOOD, State.OPEN)


def test_a_foreign_credential_by_a_key_elsewhere_cannot_be_checked_without_fetching():
    content, key = badges.foreign()

    assert verdict(badges.signed(content, key, kid="https://other.example/key")) is Verdict.UNCHECKED


def test_ed25519_and_the_older_form_with_a_vc_claim_are_read():
    content, _ = badges.foreign()
    key = OKPKey.generate_key("Ed25519")
    vc = {k: v for k, v in content.items() if k not in {"iss", "jti", "nbf", "sub", "validFrom"}}
    vc |= {"@context": ["https://www.w3.org/2018/credentials/v1", documents.CONTEXTS[1]]}
    vc |= {"issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00+00:00"}
    claims = {k: content[k] for k in ("iss", "jti", "nbf", "sub")} | {"vc": vc, "exp": 1798761600}

    text = badges.signed(claims, key, alg="Ed25519", jwk=key.as_dict(private=False))

    assert verdict(text) is Verdict.UNCONFIRMED
    assert verdict(text, now=datetime(2027, 1, 1, tzinfo=UTC)) is Verdict.INVALID


def test_the_key_must_fit_the_algorithm_and_be_public_and_strong_enough():
    content, key = badges.foreign()
    small, okp = RSAKey.import_key(rsa.generate_private_key(65537, 1024)), OKPKey.generate_key("Ed25519")
    secret = OctKey.import_key("k" * 64)

    for text in (
        badges.signed(content, key, jwk=key.as_dict(private=True)),
        badges.signed(content, small, jwk=small.as_dict(private=False)),
        badges.signed(content, okp, alg="Ed25519", jwk=key.as_dict(private=False)),
        badges.signed(content, key, jwk=okp.as_dict(private=False)),
        badges.signed(content, secret, alg="HS256", kid=f"{SITE}/ob/keys/x"),
        badges.signed(content, key),
        badges.signed(content, key, jwk=key.as_dict(private=False), kid="https://other.example/key"),
        badges.signed(content, key, jwk=key.as_dict(private=False), typ="at+jwt"),
        badges.signed(content, key, jwk=key.as_dict(private=False), cty="x"),
    ):
        assert verdict(text) is Verdict.INVALID


def test_unsigned_is_not_signed():
    content, _ = badges.foreign()
    header = base64.urlsafe_b64encode(b'{"alg":"none","jwk":{}}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    assert verdict(f"{header}.{body}.") is Verdict.INVALID
    assert verdict(json.dumps(content)) is Verdict.INVALID


@pytest.mark.parametrize(
    "changes",
    [
        {"@context": "https://www.w3.org/ns/credentials/v2"},
        {"@context": ["https://other.example/"]},
        {"type": ["VerifiableCredential"]},
        {"type": None},
        {"type": ["VerifiableCredential", {}]},
        {"@context": [{}]},
        {"issuer": {}},
        {"issuer": 5},
        {"id": 5},
        {"credentialSubject": []},
        {"credentialSubject": {"type": ["AchievementSubject"]}},
        {"credentialSubject": {"id": "urn:x", "achievement": {"id": "urn:y"}}},
        {"validFrom": "yesterday"},
        {"validFrom": "2026-01-01T00:00:00"},
        {"validUntil": "soon"},
    ],
)
def test_what_open_badges_requires_must_be_there(changes):
    content, key = badges.foreign(**changes)

    assert verdict(badges.signed(content, key, jwk=key.as_dict(private=False))) is Verdict.INVALID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "….….…",
        "{",
        "[]",
        "{}",
        "null",
        "e30.e30.e30",
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        "x" * 300_000,
    ],
    ids=range(12),
)
def test_anything_else_is_no_credential(text):
    report = checking.check(text, NOW)

    assert report.verdict is Verdict.INVALID
    assert states(report)["form"] is State.BAD


def test_nothing_nested_however_deep_breaks_it():
    deep = '{"@context":' * 20_000 + "1" + "}" * 20_000

    assert verdict(deep) is Verdict.INVALID


def test_a_name_that_comes_twice_is_refused():
    content, key = badges.foreign()
    twice = json.dumps(content)[:-1] + ', "name": "Other", "name": "Another"}'

    assert verdict(badges.signed(twice, key, jwk=key.as_dict(private=False))) is Verdict.INVALID


@pytest.mark.parametrize("where", ["name", "\\ud800"])
def test_half_a_surrogate_pair_is_refused(where):
    content, key = badges.foreign()
    text = json.dumps(content)[:-1] + ', "WHERE": "\\ud800"}'.replace("WHERE", where)

    assert bad(badges.signed(text, key, jwk=key.as_dict(private=False))) == {"form"}
    assert bad(text) == {"form"}


# Proofs inside


def embedded(**changes: Any) -> str:
    document: Any = copy.deepcopy(vector.SIGNED)
    for path, value in changes.items():
        *parents, name = path.split("__")
        place = document
        for parent in parents:
            place = place[parent]
        place[name] = value
    return json.dumps(document)


def test_the_specifications_own_credential_holds_but_its_issuer_is_not_known():
    report = checking.check(embedded(), NOW)

    assert report.verdict is Verdict.UNCONFIRMED
    assert states(report)["proof"] is State.GOOD


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Other"},
        {"proof__proofValue": "z" + vector.PROOF_VALUE[2:]},
        {"proof__proofValue": 5},
        {"proof__proofPurpose": "authentication"},
        {"proof__verificationMethod": f"https://evil.example/#{vector.MULTIKEY}"},
        {"proof__verificationMethod": "https://example.edu/issuers/565049#z6Mk"},
        {"proof__created": "2999-01-01T00:00:00Z"},
        {"proof__expires": "2011-01-01T00:00:00Z"},
        {"proof__@context": ["https://www.w3.org/ns/credentials/v2"]},
        {"unexplained": "x"},
        {"issuer__id": SITE + "/ob/issuer", "proof__verificationMethod": f"{SITE}/ob/issuer#{vector.MULTIKEY}"},
        {"proof": []},
        {"proof": "x"},
    ],
    ids=range(13),
)
def test_a_changed_credential_with_a_proof_inside_does_not_hold(changes):
    assert verdict(embedded(**changes)) is Verdict.INVALID


def test_a_proof_of_another_suite_cannot_be_checked():
    assert verdict(embedded(proof__cryptosuite="eddsa-rdf-2022")) is Verdict.UNCHECKED


def test_one_of_several_proofs_suffices():
    other = {**vector.OPTIONS, "proofValue": multikeys.encoded(bytes(64))}

    assert verdict(embedded(proof=[other, vector.SIGNED["proof"]])) is Verdict.UNCONFIRMED
    assert verdict(embedded(proof=[other, other])) is Verdict.INVALID


def test_of_many_proofs_none_is_looked_at():
    proof = vector.SIGNED["proof"]

    assert verdict(embedded(proof=[proof] * 3)) is Verdict.UNCONFIRMED
    assert bad(embedded(proof=[proof] * 4)) == {"form"}


def test_the_document_is_written_once_for_all_proofs(monkeypatch):
    written = []
    canonical = proofs.canonical
    monkeypatch.setattr(proofs, "canonical", lambda document: written.append(document) or canonical(document))
    other = {**vector.OPTIONS, "proofValue": multikeys.encoded(bytes(64))}

    verdict(embedded(proof=[other, other, other]))
    cannot = len(written)
    verdict(embedded(proof=[other, other, other], unexplained="x"))

    assert [sum("credentialSubject" in one for one in part) for part in (written[:cannot], written[cannot:])] == [1, 1]


def test_with_a_proof_inside_it_is_short():
    assert bad(embedded(name="é" * 15_000)) == {"form"}
    assert bad(embedded(name="x" * 15_000)) == {"proof"}


def test_whoever_signs_for_this_site_with_another_key_is_found_out():
    key = Ed25519PrivateKey.generate()
    multikey = multikeys.encoded(multikeys.ED25519 + key.public_key().public_bytes_raw())
    issuer = {**vector.CREDENTIAL["issuer"], "id": f"{SITE}/ob/issuer"}
    options = {**vector.OPTIONS, "verificationMethod": f"{SITE}/ob/issuer#{multikey}"}

    signed = proofs.prove({**vector.CREDENTIAL, "issuer": issuer}, options, key)

    assert bad(json.dumps(signed)) == {"issuer", "status"}


def test_identities_in_md5_and_in_the_clear_are_compared_too():
    content, key = badges.foreign()
    for identity in (
        {"hashed": True, "identityHash": "md5$f171323dc5b9911012273c3b5c9b4725", "salt": "salt"},
        {"hashed": False, "identityHash": "Ana@example.org"},
    ):
        content["credentialSubject"]["identifier"] = [
            {"identityType": "emailAddress", **identity},
            "x",
            {"identityType": []},
        ]
        text = badges.signed(content, key, jwk=key.as_dict(private=False))

        assert states(checking.check(text, NOW, email="ben@example.org"))["person"] is State.BAD
        assert states(checking.check(text, NOW, email="ana@example.org"))["person"] is State.GOOD
