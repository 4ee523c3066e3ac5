"""Items on pages of other sites, and their links as pictures."""

import qrcode
from django.utils.html import escape

from stats.models import Item, ItemType, Visibility

WIDTH, HEIGHT = 640, 360
TRACK_HEIGHT = 180
QUIET = 4
"""Light cells around a QR code, as ISO/IEC 18004 wants."""


def is_embeddable(item: Item) -> bool:
    """Whether others may show the item on their pages: what everybody finds here, and that plays."""
    return item.visibility == Visibility.PUBLIC and bool(item.media.file)


def code(address: str, item: Item) -> str:
    """Return the HTML that shows an item's player on another page; as a text to be shown, so itself not safe."""
    height = TRACK_HEIGHT if item.type == ItemType.TRACK else HEIGHT
    return (
        f'<iframe src="{escape(address)}" title="{escape(item.title)}" width="{WIDTH}" height="{height}"'
        ' loading="lazy" allow="fullscreen; picture-in-picture" allowfullscreen></iframe>'
    )


def qr_svg(text: str) -> str:
    """Return a QR code as SVG, dark on light in any theme, as cameras want it."""
    drawn = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=QUIET)
    drawn.add_data(text)
    rows = drawn.get_matrix()
    cells = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    size = len(rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{cells}"/></svg>'
    )
