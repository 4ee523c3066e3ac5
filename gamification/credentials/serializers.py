"""Credentials as the API takes and tells them."""

from typing import Any

from rest_framework import serializers

from gamification.credentials import addresses
from gamification.credentials.checking import LONGEST, State, Verdict
from gamification.credentials.models import Credential


class CredentialIn(serializers.Serializer[Any]):
    """Which of one's achievements to take along."""

    achievement = serializers.SlugField(max_length=64, help_text="Its key.")
    tier = serializers.IntegerField(min_value=1, max_value=10_000, default=1)


class CredentialOut(serializers.Serializer[Any]):
    """An achievement taken along."""

    id = serializers.SerializerMethodField(help_text="Its address: the signed text.")
    achievement = serializers.CharField(source="name")
    tier = serializers.IntegerField()
    issued_at = serializers.DateTimeField()
    png = serializers.SerializerMethodField(help_text="The badge, with the credential in it.")
    page = serializers.SerializerMethodField(help_text="Where people can look at it.")
    jwt = serializers.CharField(source="text")

    def get_id(self, row: Credential) -> str:
        """Return its id."""
        return addresses.credential(row.uuid)

    def get_png(self, row: Credential) -> str:
        """Return where the picture is."""
        return f"{addresses.credential(row.uuid)}.png"

    def get_page(self, row: Credential) -> str:
        """Return where the page is."""
        return addresses.page(row.uuid)


class CredentialCheckIn(serializers.Serializer[Any]):
    """A credential to check."""

    credential = serializers.CharField(
        max_length=LONGEST, help_text="A JWT, JSON with a proof inside, or the address of a credential of this site."
    )
    email = serializers.EmailField(required=False, default="", help_text="Whose it is said to be.")


class CredentialPartOut(serializers.Serializer[Any]):
    """One thing that was looked at."""

    key = serializers.CharField()
    outcome = serializers.ChoiceField([state.value for state in State], source="state")
    text = serializers.CharField()


class CredentialSaysOut(serializers.Serializer[Any]):
    """What the credential says of itself."""

    id = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    criteria = serializers.CharField()
    issuer = serializers.CharField()
    issuer_id = serializers.CharField()
    valid_from = serializers.DateTimeField(allow_null=True)
    valid_until = serializers.DateTimeField(allow_null=True)


class CredentialReportOut(serializers.Serializer[Any]):
    """What a check came to. `says` is null for what is no credential."""

    verdict = serializers.ChoiceField([verdict.value for verdict in Verdict])
    checks = CredentialPartOut(many=True)
    says = CredentialSaysOut(allow_null=True)
