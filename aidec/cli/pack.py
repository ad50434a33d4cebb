"""``aidec pack``: list, show, start and check packs."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import complete_pack
from aidec.packs import Pack, find_packs, load_pack, renderer, search_path

pack_argument = click.argument("pack", metavar="NAME|DIR", shell_complete=complete_pack)


@click.group()
def command() -> None:
    """List, show, start and check template packs.

    \b
    Examples:
      aidec pack list
      aidec pack show classic
      aidec pack new ./my-pack --extends classic
      aidec pack check ./my-pack
    """


@command.command("list")
def list_() -> None:
    """List the packs on the search path.

    A pack is found in the folders of $AIDEC_PACK_PATH, then in ~/.config/aidec/packs, then among those that ship; the
    first of a name wins.

    \b
    Example:
      AIDEC_PACK_PATH=~/packs aidec pack list
    """
    packs = find_packs()
    width = max(map(len, packs))
    for name in sorted(packs):
        click.echo(f"{name:{width}}  {load_pack(str(packs[name])).description}")
    click.echo("\nsearched: " + ", ".join(map(str, search_path())), err=True)


@command.command()
@pack_argument
def show(pack: str) -> None:
    """Show what a pack declares and where its files are.

    \b
    Example:
      aidec pack show classic
    """
    loaded = load_pack(pack)
    chain = " extends ".join(link.name for link in loaded.chain)
    click.echo(f"{chain}: {loaded.description}")
    click.echo(f"tokens: {len(loaded.vocabulary()):,}")
    files: dict[str, str] = {}
    for link in loaded.chain:
        for template in sorted(link.folder.glob("*.j2")):
            files.setdefault(template.name, str(template))
    click.echo("\ntemplates:")
    for file_name, path in sorted(files.items()):
        click.echo(f"  {file_name:16}  {path}")
    if loaded.families:
        click.echo("\nfamilies:" + " " * 13 + "tokens  first                                 carries")
    for family in loaded.families.values():
        click.echo(f"  {family.name:18}  {len(family.tokens):6}  {family.tokens[0]:36}  {', '.join(family.carries)}")


@command.command()
@click.argument("folder", metavar="DIR")
@click.option("--extends", default="classic", show_default=True, metavar="NAME|DIR", shell_complete=complete_pack)
def new(folder: str, extends: str) -> None:
    """Start a pack of your own.

    Writes a pack that extends another into the new folder DIR. It prints what the other prints; each of its templates
    lists the blocks that can be changed.

    \b
    Example:
      aidec pack new ./my-pack --extends classic
    """
    from aidec.packs.scaffolding import scaffold

    for path in scaffold(Path(folder), extends):
        click.echo(path)
    click.echo(f"\nNow edit them, then: aidec pack check {folder}", err=True)


@command.command("check")
@click.argument("packs", metavar="NAME|DIR...", nargs=-1, required=True, shell_complete=complete_pack)
@click.pass_context
def check_(ctx: click.Context, packs: tuple[str, ...]) -> None:
    """Check that packs print what they declare, that data never spells a token, and that nothing is lost.

    Renders chunks made for the purpose, with every opcode and operand and with strings that try to forge tokens. Says
    which templates compute with what others only print, and which are slow since Jinja2 runs them for each value.

    \b
    Examples:
      aidec pack check classic
      aidec pack check ./my-pack ./another
    """
    from aidec.packs.checker import check

    status = 0
    for name in packs:
        loaded = load_pack(name)
        problems = check(loaded)
        for problem in problems:
            click.echo(f"aidec: {name}: {problem}", err=True)
        if problems:
            status = 1
        else:
            click.echo(f"{name}: good, {', '.join(_virtues(loaded))}")
            units = renderer(name).units
            for unit in (units.proto, *units.lists.values()):
                if reason := unit.reruns():
                    click.echo(f"aidec: {name}: {unit.name}.j2 {reason}", err=True)
    ctx.exit(status)


def _virtues(pack: Pack) -> list[str]:
    count = len(pack.vocabulary())
    return [f"{count:,} token{'' if count == 1 else 's'}"] + ["lossless"] * pack.is_lossless
