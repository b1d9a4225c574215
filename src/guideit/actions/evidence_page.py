"""The evidence as one page: self-contained, for screens light and dark, narrow ones, and paper (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

Body = Mapping[str, Any]
SECTIONS = (
    ("looked-for", "What was looked for"),
    ("found", "What was found"),
    ("done", "What was done"),
    ("remains", "What remains"),
    ("not-looked-for", "What was not looked for"),
    ("verified", "What was verified"),
)
_STYLE = """
:root{--ink:#1b1f24;--soft:#4d5761;--paper:#fff;--tint:#f3f5f7;--line:#c9d0d7;--link:#0b57a4;--good:#0e6027;
--bad:#a2191f;--warn:#744a00;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebef;--soft:#aeb8c2;--paper:#14181c;--tint:#1e242a;--line:#3d4751;
--link:#8cc4ff;--good:#6fdc8c;--bad:#ffb3b8;--warn:#f1c21b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
header,main,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.25rem}
h1{font-size:1.9rem;line-height:1.2;margin:.2rem 0 .4rem}
h2{font-size:1.35rem;margin:2.75rem 0 .5rem;padding-top:.75rem;border-top:2px solid var(--line)}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
p,li{max-width:46rem}
.soft,caption{color:var(--soft)}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.verdict{border-left:.4rem solid var(--line);background:var(--tint);padding:.7rem 1rem;margin:1.1rem 0}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}.verdict.warn{border-color:var(--warn)}
.good strong,td.good{color:var(--good)}.bad strong,td.bad{color:var(--bad)}.warn strong,td.warn{color:var(--warn)}
dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;margin:1.2rem 0}
dl.figures div{background:var(--tint);padding:.6rem .8rem;border-radius:.3rem}
dl.figures dt{color:var(--soft);font-size:.9rem}
dl.figures dd{margin:0;font-size:1.25rem;font-weight:600;overflow-wrap:anywhere}
nav ol{padding-left:1.3rem;columns:2 18rem}
.wide{overflow-x:auto;margin:.6rem 0 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.95rem}
caption{text-align:left;padding:.2rem 0 .4rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
th[scope=row]{font-weight:600}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code{font:.92em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
summary{cursor:pointer;color:var(--link);padding:.2rem 0}
footer{color:var(--soft);margin-top:3rem;padding-bottom:2.5rem;font-size:.9rem}
@media print{:root{--ink:#000;--soft:#333;--paper:#fff;--tint:#fff;--line:#999;--link:#000;--good:#000;--bad:#000;
--warn:#000}body{font-size:10pt}nav{display:none}.wide{overflow:visible}h2{break-after:avoid}tr{break-inside:avoid}
header,main,footer{max-width:none;padding:0}}
"""
_OUTCOMES = {"passed": "good", "failed": "bad", "not done": "warn", "nothing to examine": "warn"}


def page(body: Body) -> str:
    """The whole page from the document that `evidence_pack.report` makes."""
    release = body["release"]
    title = f"De-identification evidence: {release['id']}"
    makers = (_looked_for, _found, _done, _remains, _not_looked_for, _verified)
    sections = "".join(
        f'<section aria-labelledby="{id}"><h2 id="{id}">{_text(name)}</h2>{make(body)}</section>\n'
        for (id, name), make in zip(SECTIONS, makers, strict=True)
    )
    contents = "".join(f'<li><a href="#{id}">{_text(name)}</a></li>' for id, name in SECTIONS)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{_text(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{_header(body)}\n<main>\n"
        f'<nav aria-label="Contents"><ol>{contents}</ol></nav>\n{sections}</main>\n{_footer(body)}\n</body>\n</html>\n'
    )


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return escape(f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value))


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table whose first column heads its rows; numbers stand to the right."""
    cells = list(rows)
    if not cells:
        return f'<p class="soft">{_text(caption)}: none.</p>'
    numbers = [all(isinstance(row[i], int | float) for row in cells) for i in range(len(head))]
    top = "".join(f'<th scope="col"{_number(n)}>{_text(h)}</th>' for h, n in zip(head, numbers, strict=True))
    lines = "".join(
        f'<tr><th scope="row">{_text(row[0])}</th>'
        + "".join(f"<td{_number(n) or _outcome(v)}>{_text(v)}</td>" for v, n in zip(row[1:], numbers[1:], strict=True))
        + "</tr>"
        for row in cells
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{_text(caption)}"><table><caption>{_text(caption)}'
        f"</caption><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _number(is_one: bool) -> str:
    return ' class="number"' if is_one else ""


def _outcome(value: Any) -> str:
    return f' class="{_OUTCOMES[value]}"' if isinstance(value, str) and value in _OUTCOMES else ""


def _folded(summary: str, inside: str) -> str:
    return f"<details><summary>{_text(summary)}</summary>{inside}</details>"


def _list(items: Iterable[str]) -> str:
    lines = "".join(f"<li>{_text(item)}</li>" for item in items)
    return f"<ul>{lines}</ul>" if lines else '<p class="soft">None.</p>'


def _header(body: Body) -> str:
    release, verified, risk = body["release"], body["verified"], body["remains"]["risk"]
    figures = [
        (name.capitalize(), release[name]) for name in ("participants", "studies", "series", "instances", "tables")
    ]
    told = "".join(f"<div><dt>{_text(n)}</dt><dd>{_text(v)}</dd></div>" for n, v in figures)
    return (
        f'<header>\n<p class="soft">De-identification evidence</p>\n<h1>{_text(release["title"])}</h1>\n'
        f'<p class="soft">Release <code>{_text(release["id"])}</code>, sealed {_text(release["date"])}, made by '
        f'{_text(release["tool"])}</p>\n<dl class="figures">{told}</dl>\n{_proved(verified)}{_risk_line(risk)}'
        "<p>This report says what was looked for in the data before they were shared, what was found, what was done "
        "about it, what remains, and what nobody looked for. It holds no participant's data; counts of people below "
        "five are not told.</p>\n</header>"
    )


def _proved(verified: Body | None) -> str:
    if verified is None:
        return _verdict("warn", "Not verified yet.", "The independent verifier had not run when this was written.")
    if not verified["passed"]:
        return _verdict("bad", "Verification failed.", "What failed stands in the last section.")
    with_sources = "beside the source data" if verified["private_side"] else "by itself, without the source data"
    sealed = any(check["check"] == "seal" and check["outcome"] == "passed" for check in verified["checks"])
    read = "The release was read again, every byte" if sealed else "Every series was read again before sealing"
    return _verdict("good", "Verification passed.", f"{read}, {with_sources}.")


def _verdict(kind: str, strong: str, rest: str) -> str:
    return f'<p class="verdict {kind}"><strong>{_text(strong)}</strong> {_text(rest)}</p>\n'


def _risk_line(risk: Body | None) -> str:
    if risk is None:
        return _verdict("warn", "Risk not assessed.", "Nobody computed how far participants stand out.")
    kind, word = ("good", "below") if risk.get("holds") else ("bad", "above")
    strong = f"The risk that remains is {word} the threshold of {_interval(risk.get('threshold'))}."
    return _verdict(kind, strong, f"Highest for one participant: {_interval(risk.get('highest'))}.")


def _interval(value: Any) -> str:
    """An interval, a number or a word, not yet escaped."""
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2:
        return f"{value[0]:g} to {value[1]:g}"
    if isinstance(value, int | float):
        return f"{value:g}"
    return "not told" if value is None else _ATTACKERS.get(value, str(value))


_ATTACKERS = {
    "prosecutor": "that the person they look for took part (the prosecutor's attack)",
    "journalist": "people outside the trial, and not who took part (the journalist's attack)",
    "marketer": "many people, and wants to find as many of them as possible (the marketer's attack)",
}


def _looked_for(body: Body) -> str:
    policy = body["policy"]
    rows = [(r["what"], r["how"], r["where"], r["extent"]) for r in body["looked_for"]]
    options = [(o["option"], o["says"]) for o in policy["options"]]
    return (
        f"<p>The rules come from a policy that was written down before: {_text(policy['profile'])}. "
        f"Dates: {_text(policy['dates'])}.</p>"
        + _table("Kinds of identifiers", ("What", "How", "Where", "How much"), rows)
        + _table("Options of the standard in force", ("Option", "What it does"), options)
        + f'<p class="soft">Policy <code>{_text(policy["digest"])}</code></p>'
    )


def _found(body: Body) -> str:
    found = body["found"]
    rows = [
        (_capital(f["says"]), f["rule"], _SEVERITY.get(f["severity"], f["severity"]), _decided(f), f["count"])
        for f in sorted(found["findings"], key=lambda f: (f["severity"], f["rule"], f["decision"]))
    ]
    head = ("Finding", "Rule", "Kind", "What became of it", "How often")
    parts = [_table("Findings", head, rows)]
    if "text_in_pixels" in found:
        parts.append(_table("Regions with text in pixels", ("Rule", "Regions"), found["text_in_pixels"].items()))
    if found.get("faces"):
        words = [(_FACES.get(verdict, verdict), number) for verdict, number in found["faces"].items()]
        parts.append(_table("Faces", ("Verdict", "Series"), words))
    return "".join(parts)


_FACES = {
    "none": "no face in the volume",
    "face": "a face, removed",
    "defaced": "a face that had been removed before",
    "doubtful": "doubtful, decided by a person",
}


_SEVERITY = {"block": "holds back", "warn": "warning", "note": "note"}
_DECISIONS = {
    "accept": "accepted by a person",
    "exclude": "left out by a person",
    "redact": "more was taken out on a person's word",
}


def _decided(finding: Body) -> str:
    """A person's decision; without one, what holds back was left out, and the rest is told here."""
    if finding["decision"] == "open":
        return "left out of the release" if finding["severity"] == "block" else "told here"
    return _DECISIONS.get(finding["decision"], str(finding["decision"]))


def _done(body: Body) -> str:
    done = body["done"]
    attributes = [
        (a["name"] or a["attribute"], a["attribute"], a["done"], a["rule"], a["count"]) for a in done["attributes"]
    ]
    parts = [_table("Values in headers by what was done", ("What was done", "Values"), done["summary"].items())]
    if "pixels" in done:
        rows = [(name.replace("_", " ").capitalize(), number) for name, number in done["pixels"].items()]
        parts.append(_table("Pixels", ("What", "How many"), rows))
    parts.append(
        _table(
            "Series left out",
            ("Why", "Rule", "Series"),
            [(_capital(r["says"]), r["rule"], r["series"]) for r in done["left_out"]],
        )
    )
    head = ("Attribute", "Tag", "What was done", "Rule", "Values")
    parts.append(_folded(f"All attributes ({len(attributes)})", _table("Attributes", head, attributes)))
    columns = [(f"{table}: {key}", value) for table, told in done["tables"].items() for key, value in _flat(told)]
    parts.append(
        _folded(f"Clinical tables ({len(done['tables'])})", _table("Tables", ("Column and rule", "Values"), columns))
    )
    return "".join(parts)


def _flat(told: Any, before: str = "") -> list[tuple[str, Any]]:
    """Leaves of nested values, each with its path in words."""
    if isinstance(told, Mapping):
        return [leaf for key, value in told.items() for leaf in _flat(value, f"{before} {key}".strip())]
    if isinstance(told, list | tuple):
        if all(isinstance(item, int | float) for item in told) and len(told) == 2:
            return [(before, _interval(told))]
        return [leaf for n, value in enumerate(told, 1) for leaf in _flat(value, f"{before} {n}".strip())]
    shown = (
        "not told" if told is None else {True: "yes", False: "no"}.get(told, told) if isinstance(told, bool) else told
    )
    return [(before.replace("_", " "), shown)]


def _remains(body: Body) -> str:
    remains = body["remains"]
    warned = [(_capital(w["says"]), w["rule"], w["count"]) for w in remains["warnings"]]
    exceptions = [(e["target"], e["action"], e["why"]) for e in body["policy"]["exceptions"]]
    return (
        "<h3>Kept on purpose</h3>"
        + _list(remains["kept_on_purpose"])
        + _table("Exceptions that the trial made", ("Attribute", "Action", "Why"), exceptions)
        + _table("Warnings, and findings that a person accepted", ("What", "Rule", "How often"), warned)
        + "<h3>The risk that remains</h3>"
        + _risk(remains["risk"])
        + "<h3>Proof by planting</h3>"
        + _planting(remains["planting"])
    )


_RISK = {
    "recipients": "Who gets the data",
    "attacker": "What an attacker is taken to know",
    "threshold": "Threshold",
    "reason": "Why this threshold",
    "somebody_looks": "Chance that somebody tries",
    "highest": "Highest risk of one participant",
    "mean": "Mean over participants",
    "above_threshold": "Share of participants above the threshold",
}


def _risk(risk: Body | None) -> str:
    if risk is None:
        return "<p>Not assessed.</p>"
    rows = [(says, _interval(risk[name])) for name, says in _RISK.items() if risk.get(name) not in (None, "")]
    rest = {key: value for key, value in risk.items() if key not in {*_RISK, "assumptions"}}
    return (
        _table("Joint risk of tables, headers and images", ("Measure", "Value"), rows)
        + ("<p>It assumes:</p>" + _list(risk["assumptions"]) if risk.get("assumptions") else "")
        + _folded("All measures", _table("Measures", ("Measure", "Value"), _flat(rest)))
    )


def _planting(told: Body | None) -> str:
    if told is None:
        return "<p>Not done.</p>"
    kinds = [
        (_capital(str(k.get("says", name))), k["passed"], k["failed"], k.get("held_back", 0))
        for name, k in told.get("kinds", {}).items()
    ]
    return (
        "<p>Made-up identifiers were planted into a copy of the data; then it was counted what became of them.</p>"
        + _table("What planting showed", ("Measure", "Value"), list(_planted(told)))
        + _table("By kind of action", ("Kind", "As it must be", "Not as it must be", "Held back"), kinds)
    )


def _planted(told: Body) -> Iterator[tuple[str, str]]:
    yield "Outcome", "passed" if told.get("passed") else "failed"
    for name, says in (("removal", "Removed where it must be"), ("overall", "All actions as they must be")):
        if isinstance(told.get(name), int | float):
            wanted = told.get("required", {}).get(name)
            yield says, _percent(told[name]) + (f" (required: {_percent(wanted)})" if wanted is not None else "")
    if told.get("best_published_midi_b") is not None:
        yield "Best published score of the MIDI-B benchmark", _percent(told["best_published_midi_b"])
    curve = told.get("curve") or {}
    if curve:
        yield "Identifiers still there", f"{curve['leaked']:,} of {curve['planted']:,} planted"
        yield "Useful values still there", f"{curve['kept']:,} of {curve['useful']:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _not_looked_for(body: Body) -> str:
    here = [gap for gap in body["not_looked_for"] if gap["always"] == "no"]
    always = [gap for gap in body["not_looked_for"] if gap["always"] == "yes"]
    return (
        ("<h3>Not done for this release</h3>" + _gaps(here) if here else "")
        + "<h3>Never looked for</h3>"
        + _gaps(always)
    )


def _gaps(gaps: Iterable[Body]) -> str:
    lines = "".join(f"<li><strong>{_text(gap['what'])}.</strong> {_text(gap['says'])}</li>" for gap in gaps)
    return f"<ul>{lines}</ul>"


def _verified(body: Body) -> str:
    verified = body["verified"]
    if verified is None:
        return (
            "<p>The independent verifier had not run when this was written. <code>guideit verify</code> proves it.</p>"
        )
    checks = [(c["proves"], c["check"], c["outcome"], c["examined"]) for c in verified["checks"]]
    found = [(f["says"], f["rule"], f["severity"], f["count"]) for f in verified["findings"]]
    readers = ", ".join(verified["readers"]) or "nobody"
    return (
        "<p>The verifier shares no code with what de-identified the data.</p>"
        + _table("Checks", ("What is proved", "Check", "Outcome", "Examined"), checks)
        + _table("What it reports", ("What", "Rule", "Severity", "How often"), found)
        + f"<p>Released pixels were read a second time by: {_text(readers)}.</p>"
    )


def _footer(body: Body) -> str:
    return (
        f"<footer><p>The same facts stand in <code>evidence/report.json</code> ({_text(body['format'])}); "
        "what was done to each attribute, in <code>evidence/deidentification.json</code>.</p></footer>"
    )
