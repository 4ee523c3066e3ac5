"""Whether a credential is good: its form, its proof, every equality, its times, its status, its person.

Nothing is fetched. Of this site's own credentials all can be said; of others', what they carry themselves.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from gamification.credentials import addresses, jwts, multikeys, proofs, queries
from gamification.credentials.canonizing import CannotBeWritten
from gamification.credentials.identities import matches
from gamification.credentials.jwts import Malformed
from gamification.credentials.models import Credential

LONGEST = 200_000
LONGEST_EMBEDDED = 30_000
MOST_PROOFS = 3
KINDS = {"OpenBadgeCredential", "AchievementCredential"}
BASES = {"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"}
DID_KEY = "did:key:"


class State(StrEnum):
    """What a check came to."""

    GOOD = "good"
    OPEN = "open"
    BAD = "bad"


class Verdict(StrEnum):
    """What can be said of the whole."""

    VALID = "valid"
    UNCONFIRMED = "unconfirmed"
    UNCHECKED = "unchecked"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    key: str
    state: State
    text: str


@dataclass(slots=True)
class Report:
    """All that was looked at, and what the credential says of itself, which counts for as much as the checks do."""

    checks: list[Check] = field(default_factory=list)
    says: dict[str, Any] = field(default_factory=dict)
    own: Credential | None = None

    def note(self, key: str, holds: bool | None, good: str, bad: str) -> bool:
        """Note a check: None means that it could not be made, which `bad` then explains. Returns whether it holds."""
        state = State.OPEN if holds is None else State.GOOD if holds else State.BAD
        self.checks.append(Check(key, state, good if holds else bad))
        return bool(holds)

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks decides; what is not of this site is at best unconfirmed."""
        states = {check.key: check.state for check in self.checks}
        if State.BAD in states.values() or "proof" not in states:
            return Verdict.INVALID
        if states["proof"] is State.OPEN:
            return Verdict.UNCHECKED
        return Verdict.VALID if states.get("issuer") is State.GOOD else Verdict.UNCONFIRMED


def check(text: str, now: datetime, *, email: str = "") -> Report:
    """Return what can be said of a credential, a JWT or JSON with a proof inside. At most three queries."""
    report = Report()
    text = text.strip()
    try:
        if len(text) > LONGEST:
            raise Malformed(_("it is longer than %d characters") % LONGEST)
        if text.startswith("{"):
            if len(text.encode(errors="replace")) > LONGEST_EMBEDDED:
                raise Malformed(_("with a proof inside it may have %d bytes at most") % LONGEST_EMBEDDED)
            document = jwts.parsed(text)
            _form(report, document)
            _embedded(report, document, now)
        else:
            header, payload = jwts.header_of(text), jwts.payload_of(text)
            document = payload.get("vc", payload)
            if not isinstance(document, dict):
                raise Malformed(_("its credential is no JSON object"))
            _form(report, document)
            _signed(report, text, header, document)
            _equal(report, payload, document)
        _times(report, document, now)
        _status(report, document)
        if email:
            _person(report, document, email)
    except Malformed as refusal:
        report.note("form", False, "", _("This is no credential that can be checked: %s.") % refusal)
    return report


def _form(report: Report, document: dict[str, Any]) -> None:
    """Look whether all is there that Open Badges 3.0 requires. Raises Malformed."""
    contexts, kinds = document.get("@context"), {_text(kind) for kind in _listed(document.get("type"))}
    subject = document.get("credentialSubject")
    issuer = document.get("issuer")
    if not isinstance(contexts, list) or not contexts or _text(contexts[0]) not in BASES:
        raise Malformed(_("it does not begin with the context of credentials"))
    if "VerifiableCredential" not in kinds or not KINDS & kinds:
        raise Malformed(_("it is not of the type OpenBadgeCredential"))
    if not _issuer_id(document) or not isinstance(document.get("id"), str):
        raise Malformed(_("it does not say who issued it, or has no id"))
    if not isinstance(subject, dict) or not (subject.get("id") or subject.get("identifier")):
        raise Malformed(_("it does not say whom it is of"))
    achievement = subject.get("achievement")
    if not isinstance(achievement, dict) or not all(
        isinstance(achievement.get(name), str) for name in ("id", "name", "description")
    ):
        raise Malformed(_("it does not say what was achieved"))
    criteria = achievement.get("criteria")
    report.says = {
        "id": document["id"],
        "name": achievement["name"],
        "description": achievement["description"],
        "criteria": _text(criteria.get("narrative")) if isinstance(criteria, dict) else "",
        "issuer": (_text(issuer.get("name")) if isinstance(issuer, dict) else "") or _issuer_id(document),
        "issuer_id": _issuer_id(document),
        "valid_from": _instant(document, "validFrom", "issuanceDate"),
        "valid_until": _instant(document, "validUntil", "expirationDate"),
    }
    report.note("form", True, _("It has all that Open Badges 3.0 requires."), "")


def _signed(report: Report, text: str, header: dict[str, Any], document: dict[str, Any]) -> None:
    """Look at the signature of a JWT, and whether the key is the issuer's. Raises Malformed."""
    algorithm, kid = header["alg"], header.get("kid")
    says_ours = _issuer_id(document) == addresses.issuer()
    name = addresses.key_at(kid) if isinstance(kid, str) else None
    if name is not None:
        row = queries.public_keys().filter(name=name, algorithm=algorithm).first()
        if row is None:
            report.note("proof", False, "", _("This site has no such key, or took its word back."))
            return
        holds = jwts.holds(text, jwts.key_of(row.public, algorithm), algorithm)
        report.note(
            "proof", holds, _("It was signed with a key of this site, and nothing in it was changed."), _changed()
        )
        report.note(
            "issuer", says_ours, _("This site issued it."), _("Its key is not of who is said to have issued it.")
        )
    elif "jwk" in header:
        holds = jwts.holds(text, jwts.key_of(header["jwk"], algorithm), algorithm)
        report.note("proof", holds, _("It was signed with the key in it, and nothing in it was changed."), _changed())
        _foreign(report, says_ours)
    else:
        report.note("proof", None, "", _("Its key stands on another site, and nothing is fetched from there."))
        _foreign(report, says_ours)


def _embedded(report: Report, document: dict[str, Any], now: datetime) -> None:
    """Look at the proofs inside a document: one that can be checked suffices. Of more than three none is looked at."""
    found = [one for one in _listed(document.get("proof")) if isinstance(one, dict)]
    fitting = [one for one in found if (one.get("type"), one.get("cryptosuite")) == (proofs.TYPE, proofs.SUITE)]
    if not fitting:
        text = _("It has no proof.") if not found else _("Its proof is not of the suite eddsa-rdfc-2022.")
        report.note("proof", None if found else False, "", text)
    if len(fitting) > MOST_PROOFS:
        raise Malformed(_("it has more than %d proofs") % MOST_PROOFS)
    bare = proofs.Bare(document)
    for number, proof in enumerate(fitting, start=1):
        holds, text = _proof(bare, proof, now)
        if holds or number == len(fitting):
            report.note("proof", holds, text, text)
            break
    _foreign(report, _issuer_id(document) == addresses.issuer())


def _proof(bare: proofs.Bare, proof: dict[str, Any], now: datetime) -> tuple[bool, str]:
    """Return whether one proof holds, and why not."""
    document = bare.document
    method = _text(proof.get("verificationMethod"))
    controller, _sharp, multikey = method.partition("#")
    created, expires = _instant(proof, "created"), _instant(proof, "expires")
    if proof.get("proofPurpose") != "assertionMethod":
        return False, _("Its proof is made for another purpose.")
    if controller != _issuer_id(document):
        return False, _("Its key is not of who is said to have issued it.")
    if (created and created > now) or (expires and expires <= now):
        return False, _("Its proof is not valid now.")
    if "@context" in proof and proof["@context"] != document.get("@context"):
        return False, _("Its proof was made in another context.")
    if controller.startswith(DID_KEY) and controller.removeprefix(DID_KEY) != multikey:
        return False, _("Its key is not of who is said to have issued it.")
    try:
        holds = proofs.holds(bare, proof, multikeys.ed25519_key(multikey))
    except multikeys.NotMultibase:
        return False, _("Its key cannot be read.")
    except CannotBeWritten as refusal:
        return False, _("Its proof cannot be checked: %s.") % refusal
    return holds, _("It was signed with the key that it names, and nothing in it was changed.") if holds else _changed()


def _foreign(report: Report, says_ours: bool) -> None:
    """Note that the issuer is not known; what says to be this site's is signed with a key of this site."""
    text = _("It says that this site issued it, but it was not signed with a key of this site.")
    unknown = _("Another site issued it. Whether the key is really theirs, only they can tell.")
    report.note("issuer", False if says_ours else None, "", text if says_ours else unknown)


def _equal(report: Report, payload: dict[str, Any], document: dict[str, Any]) -> None:
    """Look whether the claims of the JWT say the same as the credential."""
    subject = document["credentialSubject"].get("id")
    starts, ends = report.says["valid_from"], report.says["valid_until"]
    same = {
        "iss": isinstance(payload.get("iss"), str) and payload["iss"] == _issuer_id(document),
        "jti": isinstance(payload.get("jti"), str) and payload["jti"] == document["id"],
        "sub": isinstance(payload.get("sub"), str) and payload["sub"] == subject,
        "nbf": starts is not None and _number(payload, "nbf") == int(starts.timestamp()),
        "exp": _number(payload, "exp") == (int(ends.timestamp()) if ends else None),
    }
    wrong = ", ".join(name for name, equal in same.items() if not equal)
    good = _("Issuer, id, person and times are the same in the signature and in the credential.")
    report.note("equal", not wrong, good, _("The signature says something else than the credential: %s.") % wrong)


def _times(report: Report, document: dict[str, Any], now: datetime) -> None:
    """Look whether it is valid by now, and still."""
    starts, ends = report.says["valid_from"], report.says["valid_until"]
    has_end = "validUntil" in document or "expirationDate" in document
    if starts is None or (has_end and ends is None):
        report.note("times", False, "", _("Its times cannot be read."))
    elif starts > now:
        report.note("times", False, "", _("It is not valid yet."))
    elif ends is not None and ends <= now:
        report.note("times", False, "", _("It has expired."))
    else:
        report.note("times", True, _("It is valid by its times."), "")


def _status(report: Report, document: dict[str, Any]) -> None:
    """Look whether it was taken back: this site's own by what is so now."""
    if report.says["issuer_id"] != addresses.issuer():
        listed = _("Whether it was taken back stands in a list on another site, and nothing is fetched from there.")
        if document.get("credentialStatus"):
            report.note("status", None, "", listed)
        return
    uuid = addresses.credential_at(document["id"])
    row = queries.credential(uuid) if uuid else None
    if row is None:
        report.note("status", False, "", _("This site does not know it: it never issued it, or the account is closed."))
        return
    report.own = row
    report.note("status", not queries.is_revoked(row), _("It was not taken back."), _("It was taken back."))


def _person(report: Report, document: dict[str, Any], email: str) -> None:
    """Look whether it is of whom an address belongs to."""
    entries = [one for one in _listed(document["credentialSubject"].get("identifier")) if isinstance(one, dict)]
    known = [one for one in entries if _text(one.get("identityType")) in {"emailAddress", "email"}]
    if not known:
        report.note("person", None, "", _("It names no e-mail address, so whose it is cannot be told."))
        return
    belongs = any(matches(one, email) for one in known)
    report.note("person", belongs, _("It is of this e-mail address."), _("It is not of this e-mail address."))


def _changed() -> str:
    """Return the words for a signature that does not fit."""
    return _("The signature does not fit: it was changed, or was signed by somebody else.")


def _issuer_id(document: dict[str, Any]) -> str:
    """Return who is said to have issued it."""
    issuer = document.get("issuer")
    return _text(issuer.get("id") if isinstance(issuer, dict) else issuer)


def _instant(document: dict[str, Any], *names: str) -> datetime | None:
    """Return the first of some times that is there; None where there is none, or none that can be read."""
    text = next((document[name] for name in names if name in document), None)
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and "T" in text else None
        return at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _number(payload: dict[str, Any], name: str) -> float | None:
    """Return a time of a JWT: seconds since 1970."""
    value = payload.get(name)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _listed(value: Any) -> list[Any]:
    """Return a value that may stand alone or in a list as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any) -> str:
    """Return a text; of anything else an empty one."""
    return value if isinstance(value, str) else ""
