"""``aidec eval base``: a language model on multiple choice, schemas, and texts to go on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.cli.dataset.progress import show_progress
from aidec.cli.eval.tables import aligned
from aidec.common.files import atomic

if TYPE_CHECKING:
    from aidec.evaluation.base.scoring import Accuracy


@click.command()
@click.option("--model", metavar="MODEL", required=True,
              help="The folder of a model of transformers; or module:attribute, an object of Python with a method "
                   "logprobs(ids).")  # fmt: skip
@click.option("--tokenizer", metavar="DIR", required=True, type=click.Path(exists=True),
              help="The folder of the model's tokenizer.")  # fmt: skip
@click.option("--tasks", metavar="LIST", default="lua", show_default=True,
              help="A list of tasks that ships, or a YAML file.")  # fmt: skip
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Ask no more than N questions of each task.")
@click.option("--max-length", metavar="N", type=click.IntRange(2),
              help="How many ids the model gets at most, of longer prompts the end. [default: as many as its "
                   "configuration, or its max_length, says]")  # fmt: skip
@click.option("--device", metavar="NAME", default="cpu", show_default=True,
              help="Where a model of transformers runs.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write the table as CSV.")
def command(  # noqa: PLR0917 (its options)
    model: str,
    tokenizer: str,
    tasks: str,
    limit: int | None,
    max_length: int | None,
    device: str,
    output: str | None,
) -> None:
    """Measure a language model by the log-probabilities that it gives to answers.

    No chat format, and nothing is run: a task is a list of questions with options, or of texts whose end is known. The
    list lua, which ships, asks which source a bytecode is of, which bytecode a source is of, which instruction comes
    next, and whether a text compiles. The centred accuracy is 0 for guessing and 1 for all right; the last row is its
    mean. The arithmetic is that of nanochat.

    \b
    Examples:
      aidec eval base --model out/model --tokenizer out/tokenizer
      aidec eval base --model mine:model --tokenizer tokenizer/ --tasks core.yaml --limit 500 -o base.csv
    """
    from aidec.evaluation.base.models import load_model
    from aidec.evaluation.base.scoring import evaluate, mean_centered, num_asked, to_csv
    from aidec.evaluation.base.tasks import load_tasks
    from aidec.tokenizers import Tokenizer

    listed = [(task, num_asked(task, limit)) for task in load_tasks(tasks)]
    loaded = Tokenizer.from_pretrained(tokenizer)
    begin = loaded.roles.get("bos_token")
    asked = load_model(model, device)

    def encode(text: str) -> list[int]:
        return loaded.encode(text, prepend=begin)

    rows = []
    for task, number in listed:
        with show_progress(task.label, number, "ids") as progress:
            rows.append(evaluate(task, asked, encode, limit=limit, max_length=max_length, progress=progress))
    if output:
        with atomic(Path(output)) as file:
            file.write(to_csv(rows).encode())
    click.echo("\n".join(aligned(_table(rows, mean_centered(rows)))))


def _table(rows: list[Accuracy], mean: float) -> list[list[str]]:
    lines = [[row.label, f"{row.accuracy:.4f}", f"{row.centered:.4f}", f"{row.num_items:,}"] for row in rows]
    return [["task", "accuracy", "centred", "questions"], *lines, ["mean", "", f"{mean:.4f}", ""]]
