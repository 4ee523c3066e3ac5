"""Taking an achievement along: what is signed, when it is signed anew, what is listed as taken back, and the keys."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from joserfc import jws
from joserfc.jwk import RSAKey

from gamification.achievements import queries as achievements
from gamification.achievements.models import Achievement, AchievementVersion
from gamification.credentials import baking, checking, issuing, keys
from gamification.credentials.models import Credential, SigningKey
from gamification.models import Unlock
from stats.kinds import Kind
from tests.factories import make_user
from tests.gamification import game
from tests.gamification.credentials import badges
from tests.stats import world

pytestmark = pytest.mark.django_db
SITE = settings.SITE_URL


@pytest.fixture
def ana():
    return make_user("ana", email="Ana@Example.org", first_name="Ana", last_name="Silva")


def test_a_credential_says_what_open_badges_asks_for_and_names_nobody(ana, client):
    row = badges.issued(ana)

    said = badges.payload(row)
    entry = said["credentialSubject"]["identifier"][0]
    assert said["@context"][:2] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert said["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert said["iss"] == said["issuer"]["id"] == f"{SITE}/ob/issuer"
    assert said["jti"] == said["id"] == f"{SITE}/ob/credentials/{row.uuid}"
    assert said["sub"] == said["credentialSubject"]["id"]
    assert said["sub"].startswith("urn:uuid:")
    assert (said["validFrom"], said["nbf"]) == ("2026-05-14T09:30:15Z", 1778751015)
    assert "exp" not in said
    assert said["credentialSubject"]["achievement"]["criteria"] == {"narrative": "7-day streak"}
    assert said["credentialStatus"] == {"id": f"{SITE}/ob/revocations", "type": "1EdTechRevocationList"}
    assert entry["identityHash"] == "sha256$" + sha256(b"ana@example.org" + entry["salt"].encode()).hexdigest()
    text = json.dumps(said).lower()
    assert not any(secret in text for secret in ("ana@", "silva", str(ana.uuid)))


def test_others_verify_it_with_the_key_at_its_address(ana, client):
    row = badges.issued(ana)
    text = client.get(f"/ob/credentials/{row.uuid}")
    header = json.loads(
        jws.extract_compact(text.content).headers() and json.dumps(jws.extract_compact(text.content).headers())
    )

    jwk = client.get(header["kid"].removeprefix(SITE)).json()
    listed = client.get("/ob/keys").json()["keys"]

    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert set(header) == {"alg", "kid", "typ"}
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    assert set(jwk) == {"kid", "alg", "use", "kty", "n", "e"}
    assert listed == [jwk]
    assert json.loads(
        jws.deserialize_compact(text.content, RSAKey.import_key(jwk), ["RS256"]).payload
    ) == badges.payload(row)


def test_its_addresses_lead_to_what_it_names(ana, client):
    said = badges.payload(badges.issued(ana))
    achievement = said["credentialSubject"]["achievement"]

    profile = client.get("/ob/issuer").json()
    described = client.get(achievement["id"].removeprefix(SITE)).json()
    image = client.get(achievement["image"]["id"].removeprefix(SITE))

    assert {name: profile[name] for name in said["issuer"]} == said["issuer"]
    assert {name: described[name] for name in achievement} == achievement
    assert image.content.startswith(baking.SIGNATURE)
    for address in ("/ob/issuer", "/ob/keys", "/ob/revocations"):
        assert client.get(address)["Access-Control-Allow-Origin"] == "*"


def test_the_baked_picture_has_the_same_text(ana, client):
    row = badges.issued(ana)

    png = client.get(f"/ob/credentials/{row.uuid}.png")

    assert png["Content-Type"] == "image/png"
    assert baking.extract(png.content) == row.text


def test_asking_again_gives_the_same_and_a_new_address_signs_it_anew(ana):
    row = badges.issued(ana)

    again = issuing.issue(ana, "committed", 1)
    ana.email = "ana@new.example.org"
    ana.save()
    renewed = issuing.issue(ana, "committed", 1)

    assert again.text == row.text
    assert renewed.uuid == row.uuid
    assert renewed.text != row.text
    assert Credential.objects.count() == 1


def test_what_is_not_unlocked_or_was_taken_back_is_not_signed(ana):
    badges.unlock(ana)
    badges.take_back(ana)

    for name, tier in (("committed", 1), ("dedicated", 1), ("committed", 2), ("nothing", 1)):
        with pytest.raises(issuing.NotUnlocked):
            issuing.issue(ana, name, tier)
    assert not Credential.objects.exists()


def test_what_was_taken_back_is_listed_and_given_again_holds_again(ana, client):
    row, other = badges.issued(ana), badges.issued(make_user("ben"))

    badges.take_back(ana)
    listed = client.get("/ob/revocations").json()
    Unlock.objects.filter(actor=ana.uuid).update(cycle=2)
    again = issuing.issue(ana, "committed", 1)

    assert listed == {
        "id": f"{SITE}/ob/revocations",
        "issuer": f"{SITE}/ob/issuer",
        "revokedCredentials": [{"id": f"{SITE}/ob/credentials/{row.uuid}", "revoked": True}],
    }
    assert again.uuid not in {row.uuid, other.uuid}
    assert client.get("/ob/revocations").json()["revokedCredentials"] == []


def test_an_unlock_at_a_later_instant_leaves_the_credential_good(ana, client):
    row = badges.issued(ana)

    Unlock.objects.filter(actor=ana.uuid).update(revoked=1, cycle=2)
    held = client.get("/ob/revocations").json()["revokedCredentials"]
    page = client.get(f"/verify/{row.uuid}/").content.decode()
    Unlock.objects.filter(actor=ana.uuid).update(revoked=2)
    lost = client.get("/ob/revocations").json()["revokedCredentials"]

    assert held == []
    assert "This credential is good" in page
    assert [one["id"] for one in lost] == [f"{SITE}/ob/credentials/{row.uuid}"]


def test_an_unlock_by_the_log_can_be_taken_along_and_is_listed_once_the_log_takes_it_back(client):
    ben = world.make_member("ben")
    badges.unlock(make_user(), "committed")
    game.do(
        ben,
        Kind.ACHIEVEMENT_UNLOCKED,
        name="dedicated",
        amount=200,
        props={"tier": 1, "cycle": 1, "points": 400, "version": 1},
    )
    row = issuing.issue(ben, "dedicated", 1)

    game.do(ben, Kind.ACHIEVEMENT_REVOKED, name="dedicated", props={"tier": 1, "cycle": 1})

    assert [one["id"] for one in client.get("/ob/revocations").json()["revokedCredentials"]] == [
        f"{SITE}/ob/credentials/{row.uuid}"
    ]


def test_a_tier_says_what_it_asked_for_by_the_version_under_which_it_was_unlocked(ana):
    badges.unlock(ana, "knowledge_seeker", 3, version=2)
    achievement = Achievement.objects.get(key="knowledge_seeker")
    version = AchievementVersion.objects.get(achievement=achievement)
    version.pk, version.number, version.every = None, 2, 25
    version.tiers = [*version.tiers, {"threshold": 75, "points": 10, "rarity": "epic"}]
    version.save()
    Achievement.objects.filter(pk=achievement.pk).update(current=1)

    said = badges.payload(issuing.issue(ana, "knowledge_seeker", 3))["credentialSubject"]["achievement"]

    assert said["name"] == "Knowledge Seeker, tier 3"
    assert "at least 100" in said["criteria"]["narrative"]


def test_a_hidden_achievement_is_not_told_before_somebody_takes_it_along(ana, client):
    badges.unlock(ana)
    AchievementVersion.objects.filter(achievement__key="committed").update(is_hidden=True)
    address = "/ob/achievements/committed/1"

    before = {client.get(address).status_code, client.get(f"{address}.png").status_code}
    client.force_login(ana)
    own = client.get(f"{address}.png").status_code
    client.logout()
    issuing.issue(ana, "committed", 1)

    assert (before, own) == ({404}, 200)
    assert client.get(address).status_code == 200


def test_of_a_hidden_achievement_no_more_is_told_than_the_credential_says(ana, client):
    row = badges.issued(ana)
    version = AchievementVersion.objects.get(achievement__key="committed")
    version.pk, version.number, version.is_hidden = None, 2, True
    version.name, version.description = "Changed", "How to find the other one"
    version.save()
    Achievement.objects.filter(key="committed").update(current=2)

    told = client.get("/ob/achievements/committed/1").json()
    ana.is_active = False
    ana.save()

    said = badges.payload(row)["credentialSubject"]["achievement"]
    assert {name: told[name] for name in said} == said
    assert client.get("/ob/achievements/committed/1").status_code == 404


def test_hidden_achievements_are_on_the_wall_of_nobody_else(ana):
    badges.unlock(ana)
    badges.unlock(ana, "unstoppable")
    AchievementVersion.objects.filter(achievement__key="committed").update(is_hidden=True)

    assert [badge.key for badge in achievements.wall_of(ana.uuid).badges] == ["unstoppable"]
    assert {badge.key for badge in achievements.wall(ana).badges if badge.is_unlocked} == {"committed", "unstoppable"}


def test_drafts_and_unknown_tiers_have_no_address(ana, client):
    badges.unlock(ana)
    AchievementVersion.objects.filter(achievement__key="dedicated").update(published_at=None)

    for address in ("dedicated/1", "committed/2", "committed/0", "nothing/1"):
        assert client.get(f"/ob/achievements/{address}").status_code == 404


def test_a_closed_account_takes_its_credentials_along(ana, client):
    row = badges.issued(ana)
    ana.is_active = False
    ana.save()

    assert client.get(f"/ob/credentials/{row.uuid}").status_code == 404


# Keys


def test_after_a_rotation_what_was_signed_before_stays_good(ana, client):
    row = badges.issued(ana)

    keys.rotate()

    assert len(client.get("/ob/keys").json()["keys"]) == 2
    assert badges.issued(ana, "dedicated").key_id != row.key_id
    assert issuing.issue(ana, "committed", 1).text == row.text


def test_a_revoked_key_vouches_for_nothing_and_its_credentials_are_signed_anew(ana, client):
    row = badges.issued(ana)

    keys.revoke(row.key.name)
    gone = client.get(f"/ob/keys/{row.key.name}").status_code
    listed = client.get("/ob/revocations").json()["revokedCredentials"]
    renewed = issuing.issue(ana, "committed", 1)

    assert gone == 404
    assert [one["id"].rpartition("/")[2] for one in listed] == [str(row.uuid)]
    assert renewed.key_id != row.key_id
    assert client.get("/ob/revocations").json()["revokedCredentials"] == []


def test_private_parts_rest_encrypted_and_open_under_a_former_secret(ana, settings):
    row = keys.signing()
    former = settings.SECRET_KEY

    settings.SECRET_KEY = "x" * 60
    with pytest.raises(keys.CannotBeOpened):
        keys.private_of(row)
    settings.SECRET_KEY_FALLBACKS = [former]

    assert keys.private_of(row).is_private
    assert "ENCRYPTED PRIVATE KEY" in row.private
    assert set(row.public) == {"kty", "n", "e"}


def test_without_the_secret_key_of_before_a_new_key_signs_and_the_old_one_still_vouches(ana, client, settings):
    row = badges.issued(ana)

    settings.SECRET_KEY = "x" * 60
    other = badges.issued(ana, "dedicated")

    assert other.key_id != row.key_id
    assert {checking.check(one.text, badges.NOW).verdict for one in (row, other)} == {checking.Verdict.VALID}


def test_the_command_makes_rotates_lists_and_revokes():
    def told(*arguments: str) -> list[list[str]]:
        out = StringIO()
        call_command("credential_keys", *arguments, stdout=out)
        return [line.split()[:2] for line in out.getvalue().splitlines()]

    assert told() == []
    ((first, _),) = told("create")
    assert told("create") == [[first, "signs"]]
    ((second, _), _) = told("rotate")
    assert told("list") == [[second, "signs"], [first, "retired"]]
    assert told("revoke", first) == [[second, "signs"], [first, "revoked"]]
    for wrong in (("revoke",), ("revoke", first), ("revoke", "nothing"), ("rotate", "x")):
        with pytest.raises(CommandError):
            told(*wrong)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_key_and_one_credential():
    ana = make_user("ana")
    badges.unlock(ana)

    def ask(_: int) -> str:
        try:
            return issuing.issue(ana, "committed", 1).text
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(ask, range(20)))

    assert len(texts) == 1
    assert SigningKey.objects.count() == Credential.objects.count() == 1
