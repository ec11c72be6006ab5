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
    """What was seen as tables; what was stated, kept and replaced is folded away, and all of a claim not run yet."""
    from mbrl_lite.claims.report import rows, words

    claim = record.claim
    title = f"{_safe(claim.title)}</b> <code>{claim.id}</code> · <b>{record.status}</b>"
    told = "".join(f"<p style='margin: 2px 0'><i>{_safe(name)}:</i> {_safe(text)}</p>" for name, text in words(record))
    if not record.values:
        stated = "".join(f"<li>{_safe(says)} (target: {_safe(target)})</li>" for says, target, *_ in rows(record))
        return f"<details><summary><b>Stated, not run yet: {title}</summary>{told}<ol>{stated}</ol></details>"
    seen = _table([("statement", "target", "seen", "status"), *rows(record)])
    more = "<details><summary>What is claimed, where, and what was kept</summary>"
    return f"<div><b>Logged: {title}{seen}{_medians(record)}{more}{told}</details></div>"


def _medians(record) -> str:
    """What is shown beside the parts; measures named "model.length" have a row for each model."""
    from mbrl_lite.claims.report import medians

    found = medians(record) if record.claim.beside else {}
    if not found:
        return ""
    pairs = [name.rpartition(".")[::2] for name in found]
    models, lengths = (list(dict.fromkeys(part)) for part in zip(*pairs, strict=True))
    table = [tuple(found), tuple(found.values())]
    if len(lengths) > 1 and len(models) * len(lengths) <= 2 * len(found) and "" not in models:
        cells = [(model, *(found.get(f"{model}.{length}", "") for length in lengths)) for model in models]
        table = [("", *lengths), *cells]
    return f"<p style='margin: 6px 0 0 0'>Beside it, medians over seeds:</p>{_table(table)}"


def _table(lines: list[tuple[str, ...]]) -> str:
    """Rows of text as a table, the first one its head."""
    head, *body = (
        "<tr>" + "".join(f"<{tag} style='text-align: left'>{_safe(cell)}</{tag}>" for cell in line) + "</tr>"
        for tag, line in zip(("th", *["td"] * len(lines)), lines, strict=False)
    )
    return f"<table><thead>{head}</thead><tbody>{''.join(body)}</tbody></table>"


def _safe(text: str) -> str:
    return html.escape(text, quote=False)
