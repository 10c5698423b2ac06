"""``scrub837 rules`` and ``scrub837 explain``: the catalogue, printed from the rules themselves."""

from __future__ import annotations

import click
import msgspec

from scrub837.configure import nearest
from scrub837.errors import SettingsInvalid
from scrub837.rules import all_rules, rule_named
from scrub837.rules._rule import HEADINGS, Bad, Example, Rule

FAMILIES = {
    "ENV": "the envelope and the bytes of the file",
    "IG": "the implementation guide, judged by pyx12",
    "CLM": "the claim",
    "PTP": "pairs of codes that NCCI bundles",
    "MUE": "units a day that are plausible",
    "MOD": "modifiers and codes",
    "TIM": "time: units against minutes, clocks",
    "DOC": "the record that proves what is billed",
    "REF": "reference data",
    "DUP": "duplicates",
    "WVR": "waivers",
}


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How they are listed.",
)
@click.argument("family", required=False)
def rules(family: str | None, format_: str) -> None:
    """List the rules, all or those of a family.

    FAMILY is the beginning of their codes, such as PTP.
    """
    chosen = [rule for rule in all_rules() if family is None or rule.code.startswith(family.upper())]
    if not chosen:
        raise SettingsInvalid(f"there is no family {family!r}{nearest(str(family), FAMILIES)}")
    if format_ == "json":
        click.echo(_json([_row(rule) for rule in chosen]))
        return
    for rule in chosen:
        click.echo(f"{rule.code}  {rule.name:<24} {rule.severity.value:<7} {_first_line(rule)}")
    click.echo(f"{len(chosen)} rules; `scrub837 explain CODE` says more.")


@click.command()
@click.argument("rule", required=False)
@click.option("--all", "every", is_flag=True, help="All rules, as docs/rules.md.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="How the page is written.",
)
def explain(rule: str | None, every: bool, format_: str) -> None:
    """Explain a rule, by its code or name.

    What it checks, why it matters, what to do, what is corrected, and its sources.
    """
    if every:
        click.echo(_all(format_))
        return
    if rule is None:
        raise click.UsageError("name a rule, as in `scrub837 explain PTP001`; `scrub837 rules` lists them")
    found = rule_named(rule)
    if found is None:
        names = [name for one in all_rules() for name in (one.code, one.name)]
        raise SettingsInvalid(f"there is no rule {rule!r}{nearest(rule.lower(), names)}"[:300])
    if format_ == "json":
        click.echo(_json(_row(found)))
    else:
        click.echo(_markdown(found) if format_ == "markdown" else _text(found))


def _all(format_: str) -> str:
    if format_ == "json":
        return _json([_row(rule) for rule in all_rules()])
    return _document() if format_ == "markdown" else "\n\n".join(_text(rule) for rule in all_rules())


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _row(rule: Rule) -> dict[str, object]:
    sections = {heading: rule.section(heading) for heading in HEADINGS}
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "scope": rule.scope.value,
        "fix": rule.fix,
        "summary": _first_line(rule),
        "page": sections,
        "examples": [{"kind": _kind(one), "claim": one.claim, "title": one.title} for one in rule.examples],
    }


def _text(rule: Rule) -> str:
    lines = [
        f"{rule.code} {rule.name}   severity {rule.severity.value}, correction {rule.fix}",
        "",
        rule.page().rstrip(),
    ]
    lines += ["", "Examples"]
    lines += [f"    {_kind(one):<5} {one.claim}{_aside(one)}" for one in rule.examples]
    return "\n".join(lines)


def _markdown(rule: Rule) -> str:
    lines = [f"### {rule.code} `{rule.name}`", "", _first_line(rule), ""]
    lines += [f"Severity: {rule.severity.value}. Correction: {rule.fix}.", ""]
    for heading in HEADINGS:
        lines += [f"**{heading}.** " + " ".join(rule.section(heading).split()), ""]
    lines += ["```", *(f"{_kind(one):<5} {one.claim}{_aside(one)}" for one in rule.examples), "```", ""]
    return "\n".join(lines)


def _document() -> str:
    parts = [
        "# Rules",
        "",
        "Written by `scrub837 explain --all --format markdown`; the pages live in the rules.",
        "",
    ]
    for family, about in FAMILIES.items():
        chosen = [rule for rule in all_rules() if rule.code.rstrip("0123456789") == family]
        if chosen:
            parts += [f"## {family}: {about}", "", *(_markdown(rule) for rule in chosen)]
    return "\n".join(parts).rstrip()


def _kind(example: Example) -> str:
    return "bad" if isinstance(example, Bad) else "good"


def _aside(example: Example) -> str:
    edits = "; ".join(f"{old.strip()!r} written {new.strip()!r}" for old, new in example.edits)
    notes = [
        note for note in (example.title, edits, example.profile and f"profile {example.profile}") if note
    ]
    return f"   ({'; '.join(notes)})" if notes else ""


def _first_line(rule: Rule) -> str:
    return rule.page().split("\n\n", 1)[0].replace("\n", " ")
