"""``aidec eval tasks import``: tasks of another benchmark."""

from __future__ import annotations

import click

from aidec.cli.phrases import count


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--format", "kind", required=True, type=click.Choice(["multipl-e"]), help="What FILE is.")
@click.option("-o", "--output", required=True, metavar="FILE", help="The file of tasks to write, JSON lines.")
@click.pass_context
def command(ctx: click.Context, file: str, kind: str, output: str) -> None:
    """Import tasks of another benchmark.

    multipl-e is MultiPL-E's JSON lines, with name, language, prompt, tests and stop_tokens. A task has no chunk then:
    its prompt is the start of a program, which a prediction goes on with. Each assertion of luaunit in the tests
    becomes a test of the task. What can't be turned is said, with its line, and the rest goes on.

    \b
    Examples:
      aidec eval tasks import --format multipl-e humaneval-lua.jsonl -o humaneval.jsonl
    """
    from aidec.evaluation.multipl_e import import_tasks
    from aidec.evaluation.tasks import write_tasks

    refused: list[str] = []

    def refuse(problem: str) -> None:
        refused.append(problem)
        click.echo(f"aidec: {problem}", err=True)

    written = write_tasks(output, import_tasks(file, refuse))
    note = f", {len(refused):,} refused" if refused else ""
    click.echo(f"aidec: {output}: {count(written, 'task')}{note}", err=True)
    ctx.exit(1 if refused else 0)
