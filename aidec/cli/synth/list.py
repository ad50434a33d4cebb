"""``aidec synth list``: the names of constructs, tags, faults, rewrites, laws, functions, rules and task packs."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """List all that has a name: constructs, tags, faults, rewrites, laws, functions, rules, task packs.

    A fault has its class beside it, a rewrite what it keeps, a task pack the kinds of items that it is for.

    \b
    Example:
      aidec synth list
    """
    from aidec.synthesis.bringing import makeable
    from aidec.synthesis.declarations import declared, forms
    from aidec.synthesis.library import load_library
    from aidec.synthesis.registry import find, find_faults
    from aidec.synthesis.rules import shipped
    from aidec.taskpacks import find_task_packs, load_task_pack

    click.echo("Knobs of programs, for --set:")
    for knob, value in declared()["knobs"].items():
        if knob != "weights":
            click.echo(f"  {knob}={str(value).replace(' ', '')}")
    click.echo("\nConstructs, for --weight, with their weights:")
    for section, named in forms().items():
        click.echo(f"  {section}: {', '.join(f'{form.name}={form.weight:g}' for form in named)}")
    click.echo("\nTags, for --target, beside size:10-99 and depth:2 and the like:")
    click.echo(f"  {', '.join(sorted(makeable()))}")
    click.echo("\nFaults, for --fault:")
    for fault in find_faults():
        click.echo(f"  {fault.name:<24} {fault.group:<14} {fault.doc}")
    click.echo("\nRewrites, for --rewrite:")
    for rewrite in find(()):
        click.echo(f"  {rewrite.name:<20} {rewrite.keeps:<10} {rewrite.doc}")
    library = load_library()
    click.echo("\nLaws, for functions of your own:")
    for law in library.laws.values():
        click.echo(f"  {law.name:<20} {law.meaning}")
    click.echo("\nFunctions with properties, for --function:")
    for function in library.functions.values():
        click.echo(f"  {function.name:<20} {function.doc}")
    click.echo("\nRules of the language, for --rule of questions:")
    for topic in dict.fromkeys(rule.topic for rule in shipped()):
        click.echo(f"  {topic}: {', '.join(rule.name for rule in shipped() if rule.topic == topic)}")
    click.echo("\nTask packs, for sources of items in aidec dataset build:")
    packs = {name: load_task_pack(folder) for name, folder in find_task_packs().items()}
    for name, pack in packs.items():
        click.echo(f"  {name:<11} {', '.join(pack.kinds):<28} {pack.description}")
