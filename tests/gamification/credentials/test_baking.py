"""Pictures, and credentials inside them."""

import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from gamification.achievements.defaults import DEFAULTS
from gamification.credentials import baking, drawing, strokes

TEXT = "aaa.bbb.ccc"
PNG = drawing.badge("rare", "flame", "")


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc32(kind + body))


def with_chunk(body: bytes) -> bytes:
    return PNG[:33] + chunk(b"iTXt", body) + PNG[33:]


def test_what_was_baked_comes_out_and_the_picture_stays_the_same():
    baked = baking.bake(PNG, TEXT)

    assert baking.extract(baked) == TEXT
    assert Image.open(BytesIO(baked)).tobytes() == Image.open(BytesIO(PNG)).tobytes()


def test_other_programs_read_it_as_an_uncompressed_international_text():
    picture = Image.open(BytesIO(baking.bake(PNG, TEXT)))
    picture.load()

    assert picture.info["openbadgecredential"] == TEXT
    assert b"openbadgecredential\0\0\0\0\0" + TEXT.encode() in baking.bake(PNG, TEXT)


@pytest.mark.parametrize(
    "broken",
    [
        PNG,
        b"",
        b"GIF89a",
        baking.SIGNATURE,
        baking.bake(PNG, TEXT)[:60],
        baking.bake(PNG, TEXT).replace(b"aaa.bbb", b"aaa.bbc"),
        baking.bake(baking.bake(PNG, TEXT), TEXT),
        with_chunk(b"openbadgecredential\0\1\0\0\0x"),
        with_chunk(b"openbadgecredential\0\0\0en"),
        with_chunk(b"openbadgecredential\0\0\0\0\0\xff"),
        baking.SIGNATURE + struct.pack(">I4s", 0xFFFFFFFF, b"iTXt"),
    ],
)
def test_a_picture_without_exactly_one_readable_credential_is_refused(broken):
    with pytest.raises(baking.NotBaked):
        baking.extract(broken)


@pytest.mark.parametrize("one", DEFAULTS, ids=lambda one: one.key)
def test_each_achievement_of_the_beginning_has_a_picture_of_its_own(one):
    picture = Image.open(BytesIO(drawing.badge(one.rarity, one.icon, one.numeral)))

    assert picture.size == (drawing.SIZE, drawing.SIZE)
    assert picture.mode == "RGBA"
    assert picture.getpixel((3, 3))[3] == 0
    assert one.numeral or strokes.of_icon(one.icon)


def test_rarity_is_told_by_colour_and_by_form():
    pictures = {drawing.badge(rarity, "flame", "") for rarity in ("common", "rare", "epic", "legendary")}

    assert len(pictures) == 4
    assert drawing.badge("rare", "flame", "", "#112233") not in pictures


@pytest.mark.parametrize("icon", ["", "../../secret", "no-such-icon", "a/b"])
def test_an_icon_that_is_not_there_is_drawn_as_an_award(icon):
    assert drawing.badge("epic", icon, "") == drawing.badge("epic", "award", "")


def test_lines_of_paths_end_where_the_specification_says():
    assert strokes.lines("M1 2h3v4l-3 0z") == [[(1, 2), (4, 2), (4, 6), (1, 6), (1, 2)]]
    assert strokes.lines("M0 0L2 0M5 5l1 1")[1] == [(5, 5), (6, 6)]
    (curve,) = strokes.lines("M0 0c0 4 4 4 4 0s4 -4 4 0")
    assert curve[-1] == (8, 0)
    assert min(y for _x, y in curve) == pytest.approx(-3, abs=0.05)
    (circle,) = strokes.lines("M0 5a5 5 0 1 0 10 0a5 5 0 1 0 -10 0")
    assert circle[-1] == (0, 5)
    assert all((x - 5) ** 2 + (y - 5) ** 2 == pytest.approx(25) for x, y in circle)
    (packed,) = strokes.lines("M0 5a5 5 0 1010 0")
    assert packed[-1] == (10, 5)
