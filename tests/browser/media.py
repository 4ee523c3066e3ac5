"""Small real media files, made by PyAV, and a way to watch one."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import av.video.frame

FRAMES_PER_S = 10
WATCH = """async () => {
    const video = document.querySelector("video");
    const seconds = (count) => new Promise((done) => setTimeout(done, count * 1000));
    video.muted = true;
    await video.play();
    await seconds(10);
    video.playbackRate = 2;
    await seconds(10);
    video.pause();
    await seconds(0.1);
}"""


def mp4(seconds: int, *, width: int = 64, height: int = 36, noisy: bool = False) -> bytes:
    """Return an MP4 of H.264 with its index in front. `noisy` ones are large: about 200 kB a second at 160 x 90."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write(path, seconds, width, height, noisy=noisy)
        return path.read_bytes()


def write(path: Path, seconds: int, width: int, height: int, *, noisy: bool) -> None:
    """Encode the frames, one by one."""
    container = av.open(str(path), "w", options={"movflags": "faststart"})
    stream = container.add_stream("libx264", rate=FRAMES_PER_S)
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.options = {"preset": "ultrafast", "g": "10", **({"qp": "4"} if noisy else {})}
    source = random.Random(8)
    for number in range(seconds * FRAMES_PER_S):
        frame = av.video.frame.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            size = plane.buffer_size
            plane.update(source.randbytes(size) if noisy else bytes([number * 3 % 256]) * size)
        frame.pts = number
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
    container.close()
