"""``aidec synth questions``: questions on the manual, answered by running and citing its sections."""

from __future__ import annotations

from pathlib import Path

import click

from aidec.cli.options import jobs_option
from aidec.cli.synth.outcome import items_option, seed_option, write


@click.command()
@click.argument("manual", metavar="MANUAL")
@click.option(
    "-n",
    "--number",
    default=4,
    show_default=True,
    metavar="N",
    type=click.IntRange(1),
    help="How many times a question is asked, with other values each time, at most.",
)
@click.option(
    "--rule", "names", multiple=True, metavar="NAME", help="A rule that is asked about; can be given several times."
)
@click.option(
    "--rules", "files", multiple=True, metavar="FILE", help="Rules of your own, YAML, in place of those that ship."
)
@click.option("--with-text", is_flag=True, help="Put the texts of the cited sections into the items.")
@seed_option
@items_option
@jobs_option
@click.pass_context
def command(
    ctx: click.Context,
    manual: str,
    *,
    number: int,
    names: tuple[str, ...],
    files: tuple[str, ...],
    with_text: bool,
    seed: int,
    output: str,
    jobs: int,
) -> None:
    """Ask what Lua does, with answers that come from running it and cite the manual.

    MANUAL is the reference manual of Lua 5.3, manual.html. Each rule of the language and its library cites sections of
    it by their anchors, and has an example and a counterexample. An item has a question, its code, the answer, and all
    of these. A rule whose anchors are not in the manual, or whose examples do anything else than it says, is not kept.

    \b
    Examples:
      aidec synth questions manual.html -o questions.jsonl
      aidec synth questions manual.html -n 20 --seed 7 --rule floor-division -o questions.jsonl
    """
    from aidec.common.errors import SynthesisError
    from aidec.synthesis.manual import read_manual
    from aidec.synthesis.questions import Asking
    from aidec.synthesis.rules import chosen, read_rules, shipped

    for path in (manual, *files):
        if Path(output).exists() and Path(path).exists() and Path(output).samefile(path):
            raise SynthesisError(f"the output {output} would overwrite {path}: expected another")
    found = [rule for path in files for rule in read_rules(Path(path))] if files else shipped()
    rules = chosen(found, names)
    asking = Asking(seed, number, read_manual(Path(manual)), with_text)
    write(ctx, Path(output), rules, asking, total=len(rules), jobs=jobs)
