"""The OpenAPI description of the API, errors included."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction
from rest_framework import serializers
from rest_framework.permissions import AllowAny

from config.errors import PROBLEM


class ErrorOut(serializers.Serializer):
    """What is wrong at one place of the request."""

    path = serializers.CharField(help_text="Where, like `events.3.type`; empty for the whole request.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer):
    """Why a request was refused (RFC 9457). `code` is stable; `detail` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField(help_text="Finds the request in the logs.")
    errors = ErrorOut(many=True)  # type: ignore[assignment]


class Schema(AutoSchema):
    """Describes each endpoint, and the errors that any endpoint of its kind may answer."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction)
        for code, description in self.errors().items():
            if code not in responses:
                described = self._get_response_for_code(ProblemOut, code, [PROBLEM], direction)
                responses[code] = described | {"description": description}
        return responses

    def errors(self) -> dict[str, str]:
        """Return status and meaning of the errors that this endpoint shares with others."""
        shared = {"400": "The request is not valid; `errors` says where."}
        if not any(isinstance(permission, AllowAny) for permission in self.view.get_permissions()):
            shared["401"] = "Who asks is not known."
            shared["403"] = "Who asks may not do this."
        if "{" in self.path:
            shared["404"] = "There is nothing here that you may see."
        return shared | {"default": "Any other refusal."}


class BearerTokenScheme(OpenApiAuthenticationExtension):
    """How a personal token is sent."""

    target_class = "accounts.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the scheme as OpenAPI writes it."""
        return {"type": "http", "scheme": "bearer", "description": "A personal token, made by `create_api_token`."}
