"""``aidec eval run``: from tasks to a report."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidec.cli.batch import interrupt_when_terminated
from aidec.cli.dataset.progress import show_progress
from aidec.cli.eval.tables import report_lines
from aidec.cli.options import complete_pack, jobs_option
from aidec.common.files import atomic
from aidec.evaluation.model import GOALS

if TYPE_CHECKING:
    from aidec.evaluation.asking import Answerer

SOURCES = ("predictions", "decompiler", "endpoint")
"""The options that say what answers."""

OF_ENDPOINTS = ("model", "prompt", "system", "chat", "body")
OF_FOLDERS = ("restart", "retry")
"""Options that mean something only with another."""

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class Form(Enum):
    """What is printed: tables, the report as JSON, or the report as CSV."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def _json_object(ctx: click.Context, param: click.Parameter, value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.BadParameter("expected an object")
    return found


@click.command()
@click.argument("tasks", type=click.Path(exists=True, dir_okay=False))
@click.option("--predictions", metavar="FILE", type=click.Path(exists=True, dir_okay=False),
              help="Score the predictions of a JSONL file: {\"id\": ..., \"completions\": [...]}.")  # fmt: skip
@click.option("--decompiler", metavar="CMD",
              help="Ask a program, such as 'my-decompiler {chunk}'; aidec, which is built in; or module:function, a "
                   "function of Python that gets the bytes of a chunk.")  # fmt: skip
@click.option("--endpoint", metavar="URL",
              help="Ask a model behind OpenAI's chat API, such as http://localhost:8000/v1.")  # fmt: skip
@click.option("--model", metavar="NAME", help="The model that --endpoint is asked for.")
@click.option("-p", "--pack", default="listing", show_default=True, metavar="NAME|DIR", shell_complete=complete_pack,
              help="The pack in which a model is shown chunks.")  # fmt: skip
@click.option("--prompt", metavar="TEXT",
              help="What a model is asked, with {chunk} in the place of the chunk; '{chunk}' alone for a model that "
                   "was trained on it.")  # fmt: skip
@click.option("--system", metavar="TEXT", help="The system's message before that.")
@click.option("--chat", metavar="FORMAT",
              help="Make one text of the messages in a chat format, for the API of completions.")  # fmt: skip
@click.option("--body", metavar="JSON", default="{}", callback=_json_object,
              help="What else a request says, such as '{\"temperature\": 0.2, \"max_tokens\": 2048}'.")  # fmt: skip
@click.option("--key-from", metavar="NAME", default="OPENAI_API_KEY", show_default=True,
              help="The environment variable that has the key of the API.")  # fmt: skip
@click.option("--concurrency", metavar="N", type=click.IntRange(1), default=8, show_default=True,
              help="How many questions a model is asked at once.")  # fmt: skip
@click.option("--retries", metavar="N", type=click.IntRange(0), default=5, show_default=True,
              help="How often a question is asked again that a server did not answer.")  # fmt: skip
@click.option("--repair", metavar="CMD",
              help="Give what was wrong to a program, such as 'fix {chunk} {code} {error}', which prints the source "
                   "again; an endpoint is asked again itself.")  # fmt: skip
@click.option("--rounds", metavar="N", type=click.IntRange(0), help="How often; 1 with --repair, else 0.")
@click.option("--until", "goal", type=click.Choice(GOALS), default="same_bytecode", show_default=True,
              help="What repairs are for.")  # fmt: skip
@click.option("-n", "--samples", metavar="N", type=click.IntRange(1),
              help="How often each task is asked; of a file, how many completions count.")  # fmt: skip
@click.option("-k", "ks", metavar="K", multiple=True, type=click.IntRange(1), default=(1,), show_default=True,
              help="Report pass@K; can be given several times.")  # fmt: skip
@click.option("--timeout", metavar="SECONDS", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
              help="How long one answer may take.")  # fmt: skip
@click.option("--max-output", metavar="BYTES", type=click.IntRange(1), default=1 << 20, show_default=True,
              help="How much one answer may print.")  # fmt: skip
@click.option("--behaviour/--no-behaviour", default=True, show_default=True,
              help="Run the originals and the predictions, in the sandbox, and compare what they do.")  # fmt: skip
@click.option("--seed", metavar="N", type=click.IntRange(0), default=0, show_default=True,
              help="The seed of generated calls and of the intervals.")  # fmt: skip
@click.option("-o", "--output", metavar="DIR", type=click.Path(file_okay=False),
              help="Keep answers, scores and the report in a folder. A run that was ended goes on there.")  # fmt: skip
@click.option("--html", metavar="FILE", type=click.Path(dir_okay=False),
              help="Write the report as a page, with the failures to open and look at.")  # fmt: skip
@click.option("--restart", is_flag=True, help="Do not go on with what is in DIR: begin anew.")
@click.option("--retry", is_flag=True, help="Ask again for what failed in DIR: crashed, hung or was not answered.")
@click.option("--json", "form", flag_value=Form.JSON, help="Print the report as JSON.")
@click.option("--csv", "form", flag_value=Form.CSV, help="Print the report as CSV.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, /, tasks: str, **options: Any) -> None:
    """Ask a decompiler for the sources of tasks, or read predictions, and score them.

    Answers come from one of --predictions, --decompiler and --endpoint. What crashes, hangs or prints too much has
    failed, and the run goes on. The code is taken out of answers that have prose around it.

    With -o DIR a run that was ended, whatever by, goes on where it was when it is called again, and ends with the same
    report. What an answer or a score depends on is part of its name there: where that changes, it is made anew.

    \b
    Examples:
      aidec eval run tasks.jsonl --decompiler aidec -j 0
      aidec eval run tasks.jsonl --decompiler 'luadec {chunk}' --timeout 10 -o luadec/
      aidec eval run tasks.jsonl --predictions samples.jsonl -k 1 -k 10 --json
      aidec eval run tasks.jsonl --endpoint http://localhost:8000/v1 --model lua-7b -n 10 -k 10 --rounds 2 -o lua-7b/
    """
    problems = _Problems()
    answerer = answerer_of(options)
    folder = Path(options["output"]) if options["output"] else None
    report, costs = evaluate(tasks, answerer, folder, problems, options)
    for task, problem in report["errors"].items():
        problems(f"{task}: {problem}")
    if options["form"] is Form.JSON:
        click.echo(json.dumps(report, indent=1))
    elif options["form"] is Form.CSV:
        from aidec.evaluation.report import report_csv

        click.echo(report_csv(report), nl=False)
    else:
        click.echo("\n".join(report_lines(report, costs)))
    ctx.exit(1 if problems.number else 0)


class _Problems:
    """Prints what is wrong with the inputs, and counts it."""

    number = 0

    def __call__(self, line: str) -> None:
        """Print a line."""
        self.number += 1
        click.echo(f"aidec: {line}", err=True)


def answerer_of(options: dict[str, Any]) -> Answerer:
    """What answers.

    Raises:
        click.UsageError: none was named, or several.
    """
    named = [name for name in SOURCES if options[name] is not None]
    if len(named) != 1:
        raise click.UsageError(f"expected one of {', '.join(f'--{name}' for name in SOURCES)}")
    for name in OF_ENDPOINTS if options["endpoint"] is None else ():
        if options[name]:
            raise click.UsageError(f"--{name}: it says how an --endpoint is asked, and there is none")
    for name in OF_FOLDERS if options["output"] is None else ():
        if options[name]:
            raise click.UsageError(f"--{name}: name the folder of the run with -o")
    if options["predictions"] is not None:
        from aidec.evaluation.asking import Given

        return Given(options["predictions"])
    if options["endpoint"] is not None:
        return _endpoint(options)
    if options["decompiler"] == "aidec" or _FUNCTION.fullmatch(options["decompiler"]):
        from aidec.evaluation.functions import Function

        return Function(options["decompiler"], *_limits(options))
    return _command(options["decompiler"], options)


def repairer_of(answerer: Answerer, options: dict[str, Any]) -> tuple[Answerer | None, int]:
    """What is asked again, and how often.

    Raises:
        click.UsageError: nothing is there that could be.
    """
    if options["repair"] is not None:
        return _command(options["repair"], options), 1 if options["rounds"] is None else options["rounds"]
    if options["rounds"] and options["endpoint"] is None:
        raise click.UsageError("--rounds: name with --repair what is asked again")
    return answerer, options["rounds"] or 0


def _endpoint(options: dict[str, Any]) -> Answerer:
    from aidec.evaluation.endpoint import Endpoint
    from aidec.evaluation.prompting import Prompting

    if options["model"] is None:
        raise click.UsageError("--endpoint: name the model with --model")
    prompting = Prompting(options["pack"], options["prompt"], options["system"], options["chat"])
    return Endpoint(
        options["endpoint"],
        options["model"],
        prompting,
        options["body"],
        os.environ.get(options["key_from"]),
        options["concurrency"],
        options["timeout"],
        options["max_output"],
        options["retries"],
    )


def _command(line: str, options: dict[str, Any]) -> Answerer:
    from aidec.evaluation.commands import Command

    return Command(line, *_limits(options))


def _limits(options: dict[str, Any]) -> tuple[int, float, int]:
    return options["jobs"], options["timeout"], options["max_output"]


def evaluate(
    tasks: str, answerer: Answerer, folder: Path | None, problems: _Problems, options: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of a run and what it cost, after its files are written."""
    from aidec.evaluation.journal import opened
    from aidec.evaluation.outputs import JOURNAL, costs_of, write_outputs
    from aidec.evaluation.page import html_report
    from aidec.evaluation.predictions import read_predictions
    from aidec.evaluation.report import Settings, report_of
    from aidec.evaluation.runs import Run
    from aidec.evaluation.scoring import Scorer
    from aidec.evaluation.tasks import read_tasks

    ks = tuple(sorted({1, *options["ks"]}))
    if options["predictions"] is None and ks[-1] > (options["samples"] or 1):
        raise click.UsageError(f"-k {ks[-1]}: ask each task that often, with -n {ks[-1]}")
    loaded = list(read_tasks(tasks))
    with ExitStack() as stack:
        interrupt_when_terminated(stack)
        journal = stack.enter_context(opened(folder / JOURNAL if folder else None, anew=options["restart"]))
        scorer = Scorer(options["behaviour"], options["seed"])
        repairer, rounds = repairer_of(answerer, options)
        run = Run(
            loaded,
            journal,
            answerer,
            scorer,
            options["samples"] or 1,
            repairer,
            rounds,
            options["goal"],
            options["jobs"],
        )
        if options["predictions"] is not None:
            found = read_predictions(options["predictions"], {task.id: None for task in loaded}, problems)
            run.take(found, options["samples"])
            run.refuse_fewer(ks[-1])
        if options["retry"]:
            run.forget_failures()
        run.go(show_progress)

        def results() -> Iterator[Any]:
            return zip(loaded, run.results(), strict=True)

        settings = Settings(system_of(options), options["goal"], rounds, ks, options["seed"])
        report = report_of(results(), settings)
        costs = costs_of(results())
        if folder:
            write_outputs(folder, results(), report, costs)
        if options["html"]:
            with atomic(Path(options["html"])) as file:
                file.write(html_report(report, results()).encode("utf-8", "backslashreplace"))
    return report, costs.to_json()


def system_of(options: dict[str, Any]) -> str:
    """The name of what answers."""
    name: str = next(options[name] for name in ("model", *SOURCES) if options[name] is not None)
    return name
