"""What the documentation says is so: commands and options exist, console output is real."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner

from scrub837.cli import main
from scrub837.cli.config import TEMPLATE, checked_settings
from scrub837.config import Profile, Settings
from scrub837.configure import ENVIRONMENT, MATCH, PROFILE, SETTINGS, built_in_profiles
from scrub837.fixes.journal import Journal
from scrub837.rules import all_rules
from scrub837.rules._rule import Bad, Rule
from scrub837.testing import findings

ROOT = Path(__file__).parents[1]
RULES = ROOT / "docs" / "rules.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), ROOT / "bench" / "README.md"]
WRITTEN = [page for page in PAGES if page != RULES]  # by hand
HELP = ("--help", "-h", "--version")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands() -> dict[str, click.Command]:
    """Every command of the program, by the words that call it."""
    found: dict[str, click.Command] = {}

    def walk(words: str, command: click.Command) -> None:
        found[words] = command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(f"{words} {name}", inner)

    walk("scrub837", main)
    return found


def options_of(command: click.Command) -> set[str]:
    return {*HELP, *(name for param in command.params for name in (*param.opts, *param.secondary_opts))}


def calls(text: str) -> Iterator[str]:
    """What follows ``scrub837`` in code blocks, indented code and inline code."""
    text = re.sub(r" *\\\n *", " ", text)
    fenced = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    indented = "\n".join(re.findall(r"^ {4}.*$", text, re.MULTILINE))
    inline = "\n".join(re.findall(r"(?<!`)`([^`]+)`(?!`)", text))
    for code in (fenced, indented, inline):
        for line in code.splitlines():
            if call := re.search(r"(?:^|[\s/])scrub837 ([a-z-].*)", line.partition(" #")[0]):
                yield call[1]


COMMANDS = commands()


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_commands_and_options_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for call in calls(text):
        words, rest = "scrub837", call.split()
        while rest and isinstance(COMMANDS[words], click.Group) and not rest[0].startswith("-"):
            words += f" {rest.pop(0)}"
            assert words in COMMANDS, f"{words} is no command"
        options = {word.partition("=")[0] for word in rest if word.startswith("-") and len(word) > 1}
        assert options <= options_of(COMMANDS[words]), words
    every = set().union(*map(options_of, COMMANDS.values()))
    if page.parent != ROOT / "bench":  # that one tells of options of its own programs
        assert set(re.findall(r"`(--[a-z][a-z0-9-]*)", text)) <= every


def test_every_command_is_told_and_has_help() -> None:
    told = {" ".join(call.split()[:2]) for page in WRITTEN for call in calls(page.read_text("utf-8"))}
    for words, command in COMMANDS.items():
        assert command.help, words
        assert words == "scrub837" or any(call.startswith(words.partition(" ")[2]) for call in told), words
        for param in command.params:
            if isinstance(param, click.Option) and not set(param.opts) & set(HELP):
                assert param.help, f"{words} {param.opts[0]}"


def test_every_option_of_a_check_is_told() -> None:
    text = "".join(page.read_text("utf-8") for page in WRITTEN)
    options = {
        param.opts[0] for param in COMMANDS["scrub837 check"].params if isinstance(param, click.Option)
    }
    keys = {f"--{key}" for key in SETTINGS}
    assert {option for option in options - keys if option not in text} <= {"-v"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aim = (page.parent / path).resolve() if path else page
        assert aim.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", aim.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}, (
                target
            )


def console() -> Iterator[tuple[str, list[str]]]:
    """The commands of the README's console blocks, each with the lines it is said to print."""
    for block in blocks(read("README.md"), "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command = re.match(r"(?:.*\\\n)*.*\n", part)
            assert command is not None
            yield command[0].replace("\\\n", " "), part[command.end() :].splitlines()


def test_console_output_is_what_is_printed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    program = f"{shlex.quote(sys.executable)} -m scrub837"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCRUB837_")}
    home = kept | {"XDG_DATA_HOME": str(tmp_path), "LC_ALL": "C"}
    steps = list(console())
    assert len(steps) >= 4
    for command, wanted in steps:
        line = re.sub(r"^scrub837\b", lambda _: program, command)
        done = subprocess.run(
            ["sh", "-c", f"({line}) 2>&1"],
            cwd=tmp_path,
            env=home,
            capture_output=True,
            text=True,
            check=False,
        )
        pattern = "".join(r"(?:.*\n)*?" if one == "..." else re.escape(one) + r"\n" for one in wanted)
        assert re.fullmatch(pattern, done.stdout), f"{command}\n{done.stdout}"


def test_rule_pages_are_current() -> None:
    result = CliRunner().invoke(main, ["explain", "--all", "--format", "markdown"])
    assert RULES.read_text("utf-8") == result.output, "write it anew with `make docs`"


def test_families_are_told() -> None:
    table = set(re.findall(r"^\| ([A-Z]+) \|", read("README.md"), re.MULTILINE))
    assert table == {rule.code.rstrip("0123456789") for rule in all_rules()}
    for page in ("README.md", "CHANGELOG.md"):
        told = re.search(r"More than (\d+) rules", read(page))
        assert told is not None
        assert 0 <= len(all_rules()) - int(told[1]) <= 40, page


# --- settings ----------------------------------------------------------------------------------------


def rows(text: str) -> dict[str, list[str]]:
    """The rows of tables whose first cell is one key, by that key; code marks taken off."""
    found = {}
    for row in re.findall(r"^\| `([^`|]+)` \|(.*)\|$", text, re.MULTILINE):
        found[row[0]] = [cell.strip().strip("`") for cell in row[1].split(" | ")]
    return found


def shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "-"
    return "-" if value in (None, {}, ()) else str(value)


def section(text: str, heading: str) -> str:
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_settings_are_told_with_their_defaults() -> None:
    table = rows(section(read("docs/settings.md"), "Settings"))
    assert table.keys() == SETTINGS.keys()
    defaults = Settings({"default": Profile("default")})
    for key, (field, _) in SETTINGS.items():
        if key != "jobs":  # one a core, which the command line works out
            assert table[key][0] == shown(getattr(defaults, field)), key


def test_profile_keys_are_told_with_their_defaults() -> None:
    page = read("docs/settings.md")
    table = rows(section(page, "Profile keys"))
    assert PROFILE.keys() <= table.keys()
    for key, (field, _) in PROFILE.items():
        assert table[key][0] == shown(getattr(Profile("any"), field)), key
    for key in MATCH:
        assert re.search(rf"\bmatch = \{{.*\b{key} = ", page), key
    assert {f.name for f in fields(Profile)} == {
        "name",
        *(field for field, _ in (*PROFILE.values(), *MATCH.values())),
    }


def test_built_in_profiles_are_told() -> None:
    text = section(read("docs/settings.md"), "Built-in profiles")
    table, profiles = rows(text), built_in_profiles()
    names = re.findall(r"`([a-z-]+)`", text.partition("| key |")[2].partition("\n")[0])
    assert sorted(names) == sorted(profiles)
    for key, (field, _) in {**PROFILE, **MATCH}.items():
        values = [shown(getattr(profiles[name], field)) for name in names]
        usual = shown(getattr(Profile("any"), field))
        assert table.get(key, [usual] * len(names)) == values, key


def test_environment_is_told() -> None:
    table = rows(section(read("docs/settings.md"), "Environment"))
    assert table.keys() == ENVIRONMENT.keys()
    for variable, (setting,) in table.items():
        assert ENVIRONMENT[variable] == SETTINGS[setting]


def test_settings_examples_can_be_read(tmp_path: Path) -> None:
    begun = re.sub(r"^# (?=[a-z0-9-]+ = |\[)", "", TEMPLATE, flags=re.MULTILINE)
    assert "\n[profiles.acme]\n" in begun
    for text in (*blocks(read("docs/settings.md"), "toml"), begun):
        path = tmp_path / "scrub837.toml"
        path.write_text(text, "utf-8")
        assert "acme" in checked_settings(path).profiles


# --- formats and examples ----------------------------------------------------------------------------


def test_every_field_of_the_report_is_told() -> None:
    schema = json.loads(read("schemas/report-1.schema.json"))
    told = set(re.findall(r"`(\w+)`", read("docs/report.md")))
    keys: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, dict):
            inner = node.get("properties")
            keys.update(inner if isinstance(inner, dict) else ())
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    assert len(keys) > 60
    assert keys <= told


def test_the_journal_shown_is_one() -> None:
    [text] = blocks(read("docs/corrections.md"), "json")
    journal = msgspec.json.decode(text, type=Journal)
    assert json.loads(text).keys() == msgspec.to_builtins(journal).keys()


def test_the_rule_shown_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    [text] = blocks(read("docs/architecture.md"), "python")
    names: dict[str, type[Rule]] = {}
    exec(text, names)  # noqa: S102 - the example of our own page
    rule = names["ClosedDay"]()
    assert rule.section("Sources")
    monkeypatch.setattr("scrub837.scan.all_rules", lambda: (rule,))
    for example in rule.examples:
        assert bool(findings(example.claim)) is isinstance(example, Bad), example.claim
