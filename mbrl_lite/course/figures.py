"""Figures with a description in words, for those who listen to a page instead of looking at it."""

import base64
import html
import io
from pathlib import Path

from mbrl_lite.course import notice
from mbrl_lite.errors import MbrlError

_SIGNATURES = {b"\x89PNG": "image/png", b"GIF8": "image/gif", b"\xff\xd8\xff": "image/jpeg"}


def figure(picture, alt: str, dpi: int = 100) -> None:
    """Show a Matplotlib figure, or a PNG, GIF or JPEG given as bytes or by its path, with `alt` as its text.

    `alt` says what one sees, in one or two sentences. The figure is closed. Raises `MbrlError` for anything else.
    """
    if not isinstance(alt, str) or len(alt.split()) < 4:
        raise MbrlError(f"a figure needs alt text, a sentence that says what one sees, not {alt!r}")
    data, mime = _encoded(picture, dpi)
    if notice.notebook() is None:
        print(f"figure: {alt}")
        return
    from IPython.display import display

    image = base64.b64encode(data).decode()
    display({mime: image, "text/plain": f"figure: {alt}"}, metadata={mime: {"alt": alt}}, raw=True)
    # JupyterLab leaves a PNG's alt text out, so the words also stand under the figure, folded away.
    words = html.escape(alt, quote=False)
    fold = f'<details style="opacity: 0.75"><summary>this figure in words</summary>{words}</details>'
    display({"text/html": fold, "text/plain": "(this figure in words, folded away)"}, raw=True)


def _encoded(picture, dpi: int) -> tuple[bytes, str]:
    if hasattr(picture, "savefig"):
        from matplotlib import pyplot

        buffer = io.BytesIO()
        # No version in the file: the same figure is the same bytes.
        picture.savefig(buffer, format="png", dpi=dpi, bbox_inches="tight", metadata={"Software": None})
        pyplot.close(picture)
        return buffer.getvalue(), "image/png"
    data = Path(picture).read_bytes() if isinstance(picture, (str, Path)) else picture
    if isinstance(data, bytes):
        for signature, mime in _SIGNATURES.items():
            if data.startswith(signature):
                return data, mime
    raise MbrlError(
        "figure() shows a Matplotlib figure or a PNG, GIF or JPEG (bytes or a path), "
        f"not this {type(picture).__name__}: pass the figure itself"
    )
