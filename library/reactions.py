"""What people do with an item: like, save, share, download, and take back. Each is one event; the counters follow."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

from accounts import staffing
from library.models import Downloads
from stats import ledger
from stats.actors import Actor
from stats.kinds import SHARE_PLATFORMS, Kind
from stats.models import Item


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to share. `address` takes link and title; without one, the link itself is handed over."""

    platform: str
    label: Any
    icon: str
    address: str = ""

    def url(self, link: str, title: str) -> str:
        """Return where to go to share `link` this way, '' when there is nowhere to go."""
        return self.address.format(link=quote(link, safe=""), title=quote(title, safe=""))


CHANNELS = (
    Channel("copy_link", _("Copy link"), "link"),
    Channel("email", _("E-mail"), "mail", "mailto:?subject={title}&body={link}"),
    Channel("whatsapp", "WhatsApp", "brand-whatsapp", "https://wa.me/?text={title}%20{link}"),
    Channel("facebook", "Facebook", "brand-facebook", "https://www.facebook.com/sharer/sharer.php?u={link}"),
    Channel("twitter", "X", "brand-x", "https://x.com/intent/tweet?url={link}&text={title}"),
    Channel("embed", _("Embed"), "code"),
    Channel("qr_code", _("QR code"), "qrcode"),
)


def react(actor: Actor, item: Item, kind: Kind) -> None:
    """Record a like or a save, or that it is taken back. Doing it again moves nothing."""
    with ledger.recording():
        ledger.record(kind, actor, item=item)


def share(actor: Actor, item: Item, platform: str, recipients: int | None = None) -> None:
    """Record that the item was shared by `platform`, one of `SHARE_PLATFORMS`."""
    if platform not in SHARE_PLATFORMS:
        raise ValueError(platform)
    told: dict[str, Any] = {"recipient_count": recipients} if recipients else {}
    with ledger.recording():
        ledger.record(Kind.SHARE, actor, item=item, platform=platform, **told)


def may_download(user: Any, item: Item) -> bool:
    """Whether `user`, who may see the item, may also keep its file: as its owner allows; owner and staff always."""
    if not item.media.file:
        return False
    if user.pk and (staffing.reads_content(user) or user.pk == item.owner_id):
        return True
    allowed = item.media.downloads
    return allowed == Downloads.EVERYBODY or (allowed == Downloads.MEMBERS and bool(user.pk))


def download(actor: Actor, item: Item) -> None:
    """Record that the item's file is being handed out."""
    with ledger.recording():
        ledger.record(Kind.DOWNLOAD, actor, item=item, bytes=item.media.bytes)
