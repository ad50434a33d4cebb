"""``aidec eval tasks build``: tasks of Lua sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import click

from aidec.cli.options import SourceReader, by_option, field_option, glob_option, sources_argument
from aidec.cli.phrases import count
from aidec.common.errors import EvaluationError


@click.command()
@sources_argument
@click.option("-o", "--output", required=True, metavar="FILE", help="The file of tasks to write, JSON lines.")
@by_option("a task")
@click.option("--strip/--no-strip", default=True, show_default=True, help="Leave out the debug information of chunks.")
@field_option
@glob_option
@click.pass_context
def command(ctx: click.Context, sources: tuple[str, ...], *, output: str, by: str, strip: bool, field: str) -> None:
    """Make tasks of Lua sources.

    A SOURCE is a folder, whose Lua, .jsonl and .parquet files and .tar and .zip archives are taken, or any file of Lua,
    or a pattern such as 'src/**/*.lua'. A task has a chunk, its source, and tags that say what the chunk has. Its
    source is compiled again, and the task is made only if that is the chunk. What no task can be made of is said, and
    the rest goes on.

    \b
    Examples:
      aidec eval tasks build src/ -o tasks.jsonl
      aidec eval tasks build --by file --no-strip 'src/**/*.lua' -o files.jsonl
    """
    from aidec.evaluation.building import build_tasks
    from aidec.evaluation.model import Task
    from aidec.evaluation.tasks import write_tasks

    read = SourceReader(field)
    counts = Counter[str]()

    def tasks() -> Iterator[Task]:
        for document in read(sources):
            before = counts["tasks"] + len(read.reported)
            for task in build_tasks(document, read.report, by=by, stripped=strip):
                counts["tasks"] += 1
                yield task
            counts["sources"] += 1
            counts["without functions"] += counts["tasks"] + len(read.reported) == before

    def summary() -> str:
        notes = [f"{count(counts['tasks'], 'task')} of {count(counts['sources'], 'source')}"]
        if counts["without functions"]:
            notes.append(f"{counts['without functions']:,} without functions")
        if read.reported:
            notes.append(f"{len(read.reported):,} not made")
        return ", ".join(notes)

    try:
        write_tasks(output, tasks())
    except EvaluationError:
        if counts["tasks"]:
            raise
        raise EvaluationError(f"{output}: no tasks to write: {summary()}") from None
    click.echo(f"aidec: {output}: {summary()}", err=True)
    ctx.exit(1 if read.reported else 0)
