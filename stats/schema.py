"""What the OpenAPI schema says of ingest, which is no DRF view."""

from typing import Any

from stats import wire
from stats.kinds import KINDS, SHARE_PLATFORMS, Sender

EXAMPLE = {
    "sent_at": "2026-01-17T14:01:00Z",
    "events": [
        {
            "id": "01981b7e-7a10-7c3e-9f51-0c8a4b1d2e3f",
            "type": "play",
            "occurred_at": "2026-01-17T14:00:00Z",
            "item": "video-123",
            "content_type": "video",
            "session_id": "s1",
            "play_id": "p1",
            "duration_seconds": 42.5,
            "item_duration_seconds": 60,
            "ranges": [[0, 30], [10, 22.5]],
            "quality": "720p",
        },
        {"type": "share", "item": "video-123", "platform": SHARE_PLATFORMS[0], "session_id": "s1"},
    ],
}
ANSWER = {
    "accepted": 1,
    "rejected": [{"index": 1, "id": None, "code": "unknown_item", "detail": "`item` is unknown."}],
}
PROBLEMS = {
    "400": "The body cannot be read as events, or the batch is empty.",
    "401": "No key or an unknown one.",
    "403": "This sender may not send from here.",
    "413": "More than 1000 events or 5 MB.",
    "415": "Neither JSON nor text, not UTF-8, or an encoding other than gzip.",
    "429": "The source's limit is reached.",
    "503": "Too much is waiting, or the database does not answer; nothing was stored.",
}


def add_ingest(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add `POST /api/stats/events`."""
    kinds = [name for name, spec in KINDS.items() if spec.sender < Sender.INTERNAL]
    event = {
        "type": "object",
        "required": ["type"],
        "properties": {
            "id": {"type": "string", "format": "uuid", "description": "Counts once per source, for ever."},
            "type": {"type": "string", "enum": kinds},
            "occurred_at": {"type": "string", "format": "date-time"},
            "item": {"type": "string", "maxLength": 200, "description": "A UUID of this site, or the source's key."},
            "user": {"type": "string", "maxLength": 200, "description": "With a secret key only."},
            "session_id": {"type": "string", "maxLength": 64},
            "play_id": {"type": "string", "maxLength": 64},
        },
        "additionalProperties": True,
        "description": "The kinds' own fields stand at the same level; docs/events.md has the table.",
    }
    batch = {
        "oneOf": [
            {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "maxItems": wire.MAX_EVENTS},
            {
                "type": "object",
                "required": ["events"],
                "properties": {
                    "sent_at": {"type": "string", "format": "date-time"},
                    "key": {"type": "string", "description": "A public key, for beacons."},
                    "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
                },
            },
        ]
    }
    answer = {
        "type": "object",
        "required": ["accepted", "rejected"],
        "properties": {
            "accepted": {"type": "integer"},
            "ignored": {"type": "integer", "description": "Events of who has opted out."},
            "ignored_fields": {"type": "integer"},
            "rejected": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "index": {"type": "integer"},
                        "id": {"type": ["string", "null"]},
                        "code": {"type": "string"},
                        "detail": {"type": "string"},
                    },
                },
            },
        },
    }
    taken = {"application/json": {"schema": {"$ref": "#/components/schemas/EventsTaken"}, "example": ANSWER}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Event": event, "EventBatch": batch, "EventsTaken": answer}
    schemes = result["components"].setdefault("securitySchemes", {})
    schemes["sourceKey"] = {"type": "http", "scheme": "bearer", "description": "A source's public or secret key."}
    result["paths"]["/api/stats/events"] = {
        "post": {
            "operationId": "stats_events_create",
            "summary": "Send events",
            "description": "Takes 1 to 1000 events. 202 means durable; one bad event never loses the good ones.",
            "tags": ["stats"],
            "security": [{"sourceKey": []}, {}],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/EventBatch"}, "example": EXAMPLE}
                },
            },
            "responses": {
                "202": {
                    "description": "What was accepted and rejected.",
                    "content": taken,
                },
                "422": {"description": "Every event was refused.", "content": taken},
                **{status: {"description": text, "content": problem} for status, text in PROBLEMS.items()},
            },
        }
    }
    return result
