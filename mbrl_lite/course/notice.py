"""Notices: a coloured box in a notebook, plain text everywhere else."""

import html
import itertools
import re
import sys
import textwrap

# Okabe-Ito colours, told apart by colour-blind eyes; the sign and the word say the same without colour.
# A thin wash of the colour over the page's own background reads well in light and in dark mode.
_KINDS = {
    "solved": ("✓", "0, 158, 115"),
    "wrong": ("✗", "213, 94, 0"),
    "todo": ("○", "0, 114, 178"),
    "hint": ("?", "204, 121, 167"),
    "trouble": ("!", "230, 159, 0"),
}


def show(kind: str, title: str, body: str) -> None:
    """Show a notice; `kind` is solved, wrong, todo, hint or trouble; `code` and *stress* in the body are set off."""
    display(as_html(kind, title, body), as_text(kind, title, body))


def display(rich: str, plain: str) -> None:
    """Show HTML where there is a notebook, the plain text elsewhere."""
    if notebook() is None:
        print(plain)
        return
    from IPython.display import display as ipython_display

    ipython_display({"text/html": rich, "text/plain": plain}, raw=True)


def notebook():
    """The running IPython shell, or None. IPython is never imported just to find out."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def as_html(kind: str, title: str, body: str) -> str:
    """The notice as one HTML box, readable without its styles too."""
    sign, colour = _KINDS[kind]
    style = (
        f"border-left: 5px solid rgb({colour}); background-color: rgba({colour}, 0.12); "
        "padding: 8px 14px; margin: 6px 0; border-radius: 4px; line-height: 1.5"
    )
    return f'<div style="{style}"><strong>{sign} {_marked(title)}</strong>{_blocks(body)}</div>'


def as_text(kind: str, title: str, body: str) -> str:
    """The notice as plain text, at most 100 columns wide."""
    head = f"{_KINDS[kind][0]} {title}"
    whole = re.sub(r"`[^`\n]+`", lambda code: code[0].replace(" ", "\0"), body)  # code is not broken over two lines
    lines = [part for line in whole.split("\n") for part in textwrap.wrap(line, 98, break_long_words=False) or [""]]
    lines = [line.replace("\0", " ") for line in lines]
    return "\n".join([head, *("  " + line for line in lines)])


def _blocks(body: str) -> str:
    """The body's lines; those that are code from end to end become one block, so that columns stay in line."""
    parts = []
    for is_code, lines in itertools.groupby(body.split("\n"), lambda line: bool(re.fullmatch(r"`[^`]+`", line))):
        if is_code:
            code = html.escape("\n".join(line[1:-1] for line in lines), quote=False)
            parts.append(f'<pre style="margin: 4px 0; background-color: rgba(0, 0, 0, 0)">{code}</pre>')
        else:
            parts.append("<div>" + _marked("\n".join(lines)) + "</div>")
    return "".join(parts)


def _marked(text: str) -> str:
    safe = html.escape(text, quote=False)
    pieces = re.split(r"(`[^`\n]+`)", safe)  # stars inside code are products, not stress
    for i, piece in enumerate(pieces):
        if i % 2:
            pieces[i] = f"<code>{piece[1:-1]}</code>"
        else:
            pieces[i] = re.sub(r"\*([^*\s](?:[^*\n]*[^*\s])?)\*", r"<em>\1</em>", piece)
    return "".join(pieces).replace("\n", "<br>")
