"""An item's counters, for whoever may see the item."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from stats import queries, staff, wire
from stats.asking import AmbiguousKey
from stats.models import Item, Source, Visibility


class ItemCountersOut(serializers.Serializer):
    """What happened to one item so far; `views` are the plays that were long enough."""

    item = serializers.UUIDField()
    plays = serializers.IntegerField()
    views = serializers.IntegerField()
    likes = serializers.IntegerField()
    shares = serializers.IntegerField()
    downloads = serializers.IntegerField()
    saves = serializers.IntegerField()


class ItemCountersView(APIView):
    """GET an item's counters by its UUID, or by the key that a source calls it by.

    404 `not_found` for an unknown, deleted or private item; 409 `ambiguous_key` when two sources use the key.
    """

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[OpenApiParameter("source", int, description="The source that calls the item by this key.")],
        responses=ItemCountersOut,
    )
    def get(self, request: Request, key: str) -> Response:
        """Return the counters. Two queries."""
        item = self._find(request, key)
        counters = queries.item_counters([item.pk])[item.pk]
        return Response(ItemCountersOut({"item": item.uuid, **{name: getattr(counters, name) for name in _NAMES}}).data)

    def _find(self, request: Request, key: str) -> Item:
        items = Item.objects.filter(deleted_at=None)
        uuid = wire.as_uuid(key)
        source = request.query_params.get("source")
        if source is not None and not (source.isascii() and source.isdigit() and len(source) < 10):
            raise exceptions.ValidationError({"source": ["A source's number."]}, code="invalid_parameter")
        if "\0" in key:
            raise exceptions.NotFound
        items = items.filter(uuid=uuid) if uuid else items.filter(external_key=key)
        if source is not None:
            items = items.filter(source_id=int(source))
        found = [item for item in items.select_related("owner")[:2] if self._may_see(request, item)]
        if not found:
            raise exceptions.NotFound
        if len(found) > 1:
            raise AmbiguousKey
        return found[0]

    def _may_see(self, request: Request, item: Item) -> bool:
        if item.visibility != Visibility.PRIVATE or isinstance(request.auth, Source):
            return True
        return request.user.is_authenticated and (staff.reads_items(request.user) or request.user.pk == item.owner_id)


_NAMES = ("plays", "views", "likes", "shares", "downloads", "saves")
