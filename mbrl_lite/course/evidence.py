"""A claim beside its text: what was stated before the first run, and what the logged run then showed."""

import html

from mbrl_lite.assets import asset
from mbrl_lite.course import notice

# Claims bring scipy, joblib and torch along: imported where they are shown, so that a check does not wait for them.


def evidence(id: str) -> None:
    """Show the logged run of a claim by its id; raises `MbrlError` for an unknown one or a damaged record."""
    from mbrl_lite.claims import find_claim, load_record
    from mbrl_lite.claims.report import report_text

    record = load_record(find_claim(id), asset("claims"))
    notice.display(_as_html(record), report_text(record))


def _as_html(record) -> str:
    from mbrl_lite.claims.report import beside, rows, words

    told = "".join(f"<p style='margin: 2px 0'><i>{_safe(name)}:</i> {_safe(text)}</p>" for name, text in words(record))
    head = "".join(f"<th style='text-align: left'>{name}</th>" for name in ("statement", "target", "seen", "status"))
    body = ""
    for row in rows(record):
        body += "<tr>" + "".join(f"<td style='text-align: left'>{_safe(cell)}</td>" for cell in row) + "</tr>"
    more = f"<p style='margin: 2px 0'>{_safe(beside(record))}</p>" if record.values and record.claim.beside else ""
    title = f"<b>Logged: {_safe(record.claim.title)}</b> <code>{record.claim.id}</code> · <b>{record.status}</b>"
    return f"<div>{title}{told}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}</div>"


def _safe(text: str) -> str:
    return html.escape(text, quote=False)
