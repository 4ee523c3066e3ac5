"""Recommendations: everybody has some; beside an item only who may see it."""

from tests.permissions.table import EVERYBODY, Row

ROWS = (
    Row("recommending:api-recommendations", "GET", "", EVERYBODY),
    Row("recommending:api-related", "GET", "public_item", EVERYBODY),
    Row("recommending:api-related", "GET", "private_item", "200 200 404 404 404 200"),
)
