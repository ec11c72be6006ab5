"""The report of a run: one self-contained HTML page that opens anywhere, in light and dark, and prints well."""

import base64
import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from mbrl_lite.errors import MbrlError
from mbrl_lite.viz.style import write_whole

TYPES = {".png": "image/png", ".gif": "image/gif", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
SAME = "On the same machine and number of threads the run is the same to the last bit. Elsewhere, expect differences."
PACKAGES = (
    "mbrl_lite",
    "torch",
    "numpy",
    "scipy",
    "gymnasium",
    "minigrid",
    "matplotlib",
    "joblib",
    "stable-baselines3",
)

_STYLE = """
:root {
  color-scheme: light dark;
  --text: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  --code: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --paper: #fdfcfa; --card: #ffffff; --ink: #1f2328; --soft: #5f6670; --line: #e3e0da; --accent: #0072B2;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181c; --card: #1f2329; --ink: #e8e6e1; --soft: #a3a8b0; --line: #343a42; --accent: #6cb8e6; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.6 var(--text); }
main { max-width: 1040px; margin: 0 auto; padding: 3.2rem 1.4rem 4rem; }
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0 0 .5rem; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1.3rem; margin: 2.8rem 0 .3rem; line-height: 1.25; }
p { max-width: 42rem; margin: .5rem 0 1rem; }
.note { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.8rem 0 0; padding: 0; }
.facts div, figure .frame, pre { border: 1px solid var(--line); border-radius: 8px; padding: .8rem 1rem; }
.facts div { flex: 1 1 15rem; background: var(--card); border-top: 3px solid var(--accent); }
dt { color: var(--soft); font-size: .85rem; line-height: 1.35; }
dd { margin: .2rem 0 0; font-size: 1.5rem; line-height: 1.2; font-weight: 600; font-variant-numeric: tabular-nums; }
.moving { display: flex; flex-wrap: wrap; gap: 0 2.4rem; }
.moving section { flex: 1 1 20rem; }
figure { margin: .8rem 0 0; }
figure .frame { background: #ffffff; display: inline-block; max-width: 100%; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { color: var(--soft); max-width: 42rem; margin-top: .6rem; font-size: .95rem; }
pre { background: var(--card); white-space: pre-wrap; }
pre, td { font: .86rem/1.5 var(--code); }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2.4rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: bold; padding: 1rem 0 .3rem; }
th, td { text-align: left; vertical-align: top; padding: .22rem .8rem .22rem 0; border-bottom: 1px solid var(--line); }
th { font: .86rem/1.5 var(--text); color: var(--soft); width: 45%; }
dd, th, td, pre { overflow-wrap: anywhere; }
@media print {
  :root { --paper: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc; }
  main { max-width: none; padding: 0; }
  body { font-size: 11pt; }
  h2 { break-after: avoid; }
  figure, tr, .facts div, pre { break-inside: avoid; }
}
"""


def write_report(
    path: Path | str,
    title: str,
    summary: Sequence[tuple[str, object]],
    figures: Sequence[tuple[str, str, Path | str]],
    config: Mapping[str, object],
    notes: str | Sequence[str] | None = None,
    command: str | None = None,
    machine: Mapping[str, object] | None = None,
) -> Path:
    """Write one HTML file with everything in it and return its path.

    `summary` are (label, value) pairs, `figures` (title, caption, file) triples of PNG, GIF or JPEG files whose caption
    is also the alt text, `config` the settings (nested mappings are flattened), `notes` one or more paragraphs,
    `command` what makes the run again; `machine` is `machine_class()` unless given. All text is escaped. Raises
    `MbrlError` if a figure is missing, of another type, or has no caption.
    """
    paragraphs = [notes] if isinstance(notes, str) else list(notes or [])
    body = [f"<h1>{escape(title)}</h1>"]
    body += [f'<p class="note">{escape(text)}</p>' for text in paragraphs]
    body += [_facts(summary)]
    for moving, group in groupby(figures, key=lambda figure: Path(figure[2]).suffix.lower() == ".gif"):
        together = "\n".join(_figure(*figure) for figure in group)
        body += [f'<div class="moving">{together}</div>' if moving else together]
    if command:
        body += ["<h2>How to make it again</h2>", f"<pre>{escape(command)}</pre>"]
        body += [f"<p>{SAME}</p>"]
    body += ["<h2>How it was made</h2>"]
    made = _table("Versions", versions()) + _table("Machine", machine or machine_class())
    body += [f'<div class="tables"><div>{made}</div><div>{_table("Settings", flat(config))}</div></div>']
    return write_whole(path, _page(title, "\n".join(body)).encode(errors="replace"))


def versions() -> dict[str, str]:
    """Python and the packages a run depends on; a package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # the package itself, when run from a checkout
    return found


def machine_class() -> dict[str, object]:
    """What matters for time: the system, the architecture and how many cores this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"system": platform.system(), "architecture": platform.machine(), "cores": usable}


def flat(config: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested settings as one level: {"model": {"width": 3}} becomes {"model.width": 3}."""
    rows: dict[str, object] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            rows |= flat(value, f"{prefix}{key}.")
        else:
            rows[f"{prefix}{key}"] = value
    return rows


def _page(title: str, body: str) -> str:
    head = '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f"\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>"
    rest = f"<body><main>\n{body}\n</main></body>\n</html>\n"
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{head}\n</head>\n{rest}'


def _facts(summary: Sequence[tuple[str, object]]) -> str:
    cards = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(str(value))}</dd></div>" for label, value in summary)
    return f'<dl class="facts">{cards}</dl>' if cards else ""


def _figure(title: str, caption: str, path: Path | str) -> str:
    path = Path(path)
    kind = TYPES.get(path.suffix.lower())
    if kind is None or not path.is_file():
        wrong = "is not there" if kind else "is of another type"
        raise MbrlError(
            f"expected figure {title!r} as a PNG, GIF or JPEG file, but {path} {wrong}: "
            f"draw it before the report is written"
        )
    if not caption.strip():
        raise MbrlError(
            f"expected a caption for figure {title!r}, got an empty one: "
            f"say in a sentence what one sees, for those who cannot"
        )
    data = base64.b64encode(path.read_bytes()).decode()
    image = f'<img alt="{escape(caption)}" src="data:{kind};base64,{data}">'
    figure = f'<figure><span class="frame">{image}</span>\n<figcaption>{escape(caption)}</figcaption></figure>'
    return f"<section><h2>{escape(title)}</h2>\n{figure}</section>"


def _table(title: str, rows: Mapping[str, object]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(str(key))}</th><td>{escape(str(value))}</td></tr>' for key, value in rows.items()
    )
    return f"<table><caption>{escape(title)}</caption>{lines}</table>" if lines else ""
