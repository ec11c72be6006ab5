"""GIF files by Pillow: small, written whole, with captions in a bundled font."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.style import GREY, INK, write_whole

BAND = 30  # pixels of a caption's band
REST = 1500  # milliseconds on the last frame


def save_gif(frames: Sequence[np.ndarray], path: Path | str, fps: float = 4, scale: int = 1) -> Path:
    """Write frames, uint8 (H, W, 3) of one size, as an endless GIF that rests on its last frame; returns the path.

    The colours are exact when all frames together have at most 256; otherwise the nearest of 64. Equal frames in a row
    are stored once, for longer. `scale` enlarges without smoothing. Raises `MbrlError` if there is no frame, the sizes
    differ or `fps` is not in (0, 50].
    """
    images = [_image(frame, scale) for frame in frames]
    sizes = {image.size for image in images}
    if len(sizes) != 1 or not 0 < fps <= 50:
        raise MbrlError(
            f"expected frames of one size and fps above 0, at most 50, got {len(images)} frames of sizes "
            f"{sorted(sizes)} at fps {fps}: render every frame the same way"
        )
    images = _few_colours(images)
    times = [round(100 / fps) * 10] * (len(images) - 1) + [REST]  # GIF counts in hundredths of a second
    buffer = io.BytesIO()
    images[0].save(buffer, format="GIF", save_all=True, append_images=images[1:], duration=times, loop=0, optimize=True)
    return write_whole(path, buffer.getvalue())


def caption(frame: np.ndarray, text: str, heading: str = "", bar: str | None = None) -> np.ndarray:
    """The frame (H, W, 3) with text below it, a heading above it if given, a coloured bar beside the text if given."""
    image = Image.fromarray(np.asarray(frame))
    top = BAND if heading else 0
    page = Image.new("RGB", (image.width, image.height + BAND + top), "white")
    page.paste(image, (0, top))
    draw = ImageDraw.Draw(page)
    if heading:
        draw.text((4, BAND // 2), heading, fill=GREY, font=_font(14), anchor="lm")
    if bar:
        draw.rectangle((4, top + image.height + 8, 10, top + image.height + BAND - 8), fill=bar)
    draw.text((16 if bar else 4, top + image.height + BAND // 2), text, fill=INK, font=_font(14), anchor="lm")
    return np.asarray(page)


def beside(left: np.ndarray, right: np.ndarray, gap: int = 12) -> np.ndarray:
    """Two frames of one height next to each other on white, uint8 (H, W_left + gap + W_right, 3)."""
    return np.concatenate([left, np.full((left.shape[0], gap, 3), 255, np.uint8), right], axis=1)


def _image(frame: np.ndarray, scale: int) -> Image.Image:
    frame = np.asarray(frame)
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise MbrlError(
            f"expected frames of shape (H, W, 3) of uint8, got shape {frame.shape} of {frame.dtype}: "
            f"render the observations first"
        )
    return Image.fromarray(frame.repeat(scale, axis=0).repeat(scale, axis=1))


def _few_colours(images: list[Image.Image]) -> list[Image.Image]:
    """The images with one common palette."""
    packed = np.stack([np.asarray(image).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32) for image in images])
    colours = np.unique(packed)
    if len(colours) > 256:
        sheet = _sheet(images).quantize(64, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        return [image.quantize(palette=sheet, dither=Image.Dither.NONE) for image in images]
    palette = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1).astype(np.uint8)  # (n, 3)
    indexed = [Image.fromarray(np.searchsorted(colours, frame).astype(np.uint8), mode="P") for frame in packed]
    for image in indexed:
        image.putpalette(palette.tobytes())
    return indexed


def _sheet(images: list[Image.Image]) -> Image.Image:
    """At most 16 of the images under one another, to find a palette for all."""
    chosen = [images[i] for i in np.unique(np.linspace(0, len(images) - 1, 16).astype(int))]
    return Image.fromarray(np.concatenate([np.asarray(image) for image in chosen]))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
