"""What a file is, told by its content; and everything that is refused."""

import io

import pytest
from PIL import Image

from library import formats, probing
from library.formats import Refused
from tests.library import samples


def probe(tmp_path, content, name="film.mp4"):
    path = tmp_path / "original"
    path.write_bytes(content)
    return probing.probe(path, name, tmp_path)


GOOD = [
    ("film.mp4", lambda: samples.film(), "video", "video/mp4", "mp4", 2000),
    ("film.mov", lambda: samples.film("mov"), "video", "video/mp4", "mov", 2000),
    ("film.webm", lambda: samples.film("webm", "libvpx-vp9", "libopus"), "video", "video/webm", "webm", 2000),
    ("film.mkv", lambda: samples.film("matroska"), "video", "video/x-matroska", "mkv", 2000),
    ("silent.mp4", lambda: samples.film(sound=""), "video", "video/mp4", "mp4", 2000),
    ("av1.mp4", lambda: samples.film(codec="libsvtav1"), "video", "video/mp4", "mp4", 2000),
    ("song.mp3", lambda: samples.song(), "track", "audio/mpeg", "mp3", 2000),
    ("song.m4a", lambda: samples.song("ipod", "aac"), "track", "audio/mp4", "m4a", 2000),
    ("song.ogg", lambda: samples.song("ogg", "libopus"), "track", "audio/ogg", "ogg", 2000),
    ("song.wav", lambda: samples.song("wav", "pcm_s16le"), "track", "audio/wav", "wav", 2000),
    ("song.flac", lambda: samples.song("flac", "flac"), "track", "audio/flac", "flac", 2000),
    ("still.jpg", lambda: samples.image("JPEG"), "image", "image/jpeg", "jpg", None),
    ("still.png", lambda: samples.image("PNG"), "image", "image/png", "png", None),
    ("still.webp", lambda: samples.image("WEBP"), "image", "image/webp", "webp", None),
    ("still.gif", lambda: samples.animation(5), "image", "image/gif", "gif", None),
    ("still.avif", lambda: samples.image("AVIF"), "image", "image/avif", "avif", None),
]


@pytest.mark.parametrize(("name", "content", "kind", "mime", "extension", "ms"), GOOD, ids=[row[0] for row in GOOD])
def test_a_good_file_is_known_by_its_content(tmp_path, name, content, kind, mime, extension, ms):
    probed = probe(tmp_path, content(), name)

    assert (probed.type, probed.mime, probed.extension) == (kind, mime, extension)
    assert probed.duration_ms == (pytest.approx(ms, abs=120) if ms else None)
    with Image.open(tmp_path / "thumbnail.webp") as thumbnail:
        assert thumbnail.size == (640, 360)


BAD = [
    ("empty", "x.mp4", lambda: b"", "empty_file"),
    ("text", "x.mp4", lambda: b"Dear diary, " * 20, "unsupported_content"),
    ("html", "x.mp4", lambda: samples.HTML, "unsupported_content"),
    ("program", "x.mp4", lambda: samples.PE, "unsupported_content"),
    ("archive", "x.mp4", lambda: samples.ZIP, "unsupported_content"),
    ("svg", "x.svg", lambda: samples.SVG, "unsupported_content"),
    ("svg as png", "x.png", lambda: samples.SVG, "unsupported_content"),
    ("xml entity", "x.jpg", lambda: samples.XXE, "unsupported_content"),
    ("m3u8", "x.mp4", lambda: samples.M3U8, "unsupported_content"),
    ("m3u8 with a byte order mark", "x.mp4", lambda: b"\xef\xbb\xbf" + samples.M3U8, "unsupported_content"),
    ("ffconcat", "x.mp4", lambda: samples.FFCONCAT, "unsupported_content"),
    ("sdp", "x.mp4", lambda: samples.SDP, "unsupported_content"),
    ("mpd", "x.mp4", lambda: samples.MPD, "unsupported_content"),
    ("playlist in a subtitle", "x.avi", lambda: samples.GAB2, "unsupported_content"),
    ("tiff", "x.tiff", lambda: samples.TIFF, "unsupported_content"),
    ("heic", "x.heic", lambda: b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(50), "unsupported_content"),
    (
        "playlist behind an ID3 tag",
        "x.mp3",
        lambda: b"ID3\x03\x00\x00\x00\x00\x00\x00" + samples.M3U8 * 9,
        "corrupt_media",
    ),
    (
        "playlist behind ftyp",
        "x.mp4",
        lambda: b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom" + samples.M3U8,
        "corrupt_media",
    ),
    ("png named mp4", "x.mp4", lambda: samples.image("PNG"), "type_mismatch"),
    ("mp3 named mp4", "x.mp4", lambda: samples.song(), "type_mismatch"),
    ("mp4 named exe", "x.exe", lambda: samples.film(), "unsupported_extension"),
    ("mp4 named html", "x.html", lambda: samples.film(), "unsupported_extension"),
    ("mp4 cut in the middle", "x.mp4", lambda: samples.film()[:-200], "corrupt_media"),
    ("only ftyp", "x.mp4", lambda: samples.film()[:40], "corrupt_media"),
    ("random behind ftyp", "x.mp4", lambda: samples.film()[:32] + bytes(range(256)) * 8, "corrupt_media"),
    ("webm cut in its head", "x.webm", lambda: samples.film("webm", "libvpx-vp9", "libopus")[:60], "corrupt_media"),
    ("hundred hours", "x.mp4", lambda: samples.film_lasting(100), "duration_too_long"),
    ("mpeg-4 part 2", "x.mp4", lambda: samples.film(codec="mpeg4"), "unsupported_codec"),
    ("hevc", "x.mp4", lambda: samples.film(codec="libx265"), "unsupported_codec"),
    ("ac-3 sound", "x.mkv", lambda: samples.song("matroska", "ac3"), "unsupported_codec"),
    ("png bomb", "x.png", lambda: samples.png_claiming(16_000, 16_000), "image_too_large"),
    ("long png", "x.png", lambda: samples.png_claiming(60_000, 4), "image_too_large"),
    ("png cut off", "x.png", lambda: samples.image("PNG")[:60], "corrupt_media"),
    ("jpeg cut off", "x.jpg", lambda: samples.image("JPEG", (400, 400))[:400], "corrupt_media"),
    ("ten thousand frames", "x.gif", lambda: samples.animation(2400), "too_many_frames"),
]


@pytest.mark.parametrize(("name", "content", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_is_refused_with_its_code(tmp_path, name, content, code):
    with pytest.raises(Refused) as refused:
        probe(tmp_path, content(), name)

    assert refused.value.code == code
    assert 10 < len(refused.value.detail) < 200


def test_the_pictures_carry_nothing_of_the_photo_but_its_picture(tmp_path):
    probe(tmp_path, samples.photo_with_place(), "IMG_1.jpg")

    for name in ("thumbnail.webp", "poster.webp"):
        content = (tmp_path / name).read_bytes()
        assert b"SECRETCAMERA" not in content
        assert not Image.open(io.BytesIO(content)).getexif()


def test_a_film_that_does_not_say_how_long_it_is_is_read_through(tmp_path):
    content = samples.film("webm", "libvpx-vp9", "")
    at = content.index(b"\x44\x89")  # the header's Duration element becomes a void one

    probed = probe(tmp_path, content[:at] + b"\xec\x89" + content[at + 2 :], "recording.webm")

    assert probed.duration_ms == pytest.approx(2000, abs=120)


def test_reading_has_a_time_limit(tmp_path):
    path = tmp_path / "original"
    path.write_bytes(samples.film())

    with pytest.raises(Refused) as refused:
        probing.probe(path, "film.mp4", tmp_path, wall_s=0.01)

    assert refused.value.code == "corrupt_media"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\film.mp4", "film.mp4"),
        ("a\x00b\r\nc.mp4", "abc.mp4"),
        ("film\u202egpm.mp4", "filmgpm.mp4"),
        (".htaccess", "htaccess"),
        ("x" * 300 + ".mp4", "x" * 116 + ".mp4"),
        ("", ""),
        ("  two  words .mp4", "two words .mp4"),
    ],
)
def test_a_shown_name_is_harmless(given, shown):
    assert formats.clean_name(given) == shown


def test_a_title_is_suggested_by_the_name():
    assert formats.title_of("rain_on-a__tin roof.mp4") == "Rain on a tin roof"
