"""``aidec synth instruct``: tasks with solutions and tests that a model proposes, proven by running."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidec.cli.batch import interrupt_when_terminated
from aidec.cli.dataset.progress import show_progress
from aidec.cli.options import jobs_option
from aidec.cli.phrases import count
from aidec.cli.synth.outcome import items_option, seed_option, write

if TYPE_CHECKING:
    from aidec.synthesis.proposing import Ledger, Proposer

ANSWERS = ".answers.db"
"""How the name of the file ends that keeps the answers, beside the output."""


def _json_object(ctx: click.Context, param: click.Parameter, value: str) -> dict[str, Any]:
    try:
        found = json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.BadParameter("expected an object")
    return found


@click.command()
@click.option("--endpoint", required=True, metavar="URL", help="A server that speaks OpenAI's chat API.")
@click.option("--model", required=True, metavar="NAME", help="The model that it is asked for.")
@click.option(
    "--topics",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="YAML with a list of topics (and of levels, and forms) that take the place of those that ship.",
)
@click.option(
    "-n", "--number", required=True, metavar="N", type=click.IntRange(1), help="How many proposals are asked for."
)
@seed_option
@items_option
@click.option(
    "--budget", metavar="TOKENS", type=click.IntRange(1), help="Ask for no more once so many tokens are spent."
)
@click.option("--system", metavar="TEXT", help="Another system's message.")
@click.option(
    "--body",
    metavar="JSON",
    default="{}",
    callback=_json_object,
    help='What else a request says, such as \'{"temperature": 0.9, "max_tokens": 4096}\'.',
)
@click.option(
    "--key-from",
    metavar="NAME",
    default="OPENAI_API_KEY",
    show_default=True,
    help="The environment variable that has the key of the API.",
)
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="How many questions are asked at once.",
)
@click.option(
    "--retries",
    metavar="N",
    type=click.IntRange(0),
    default=5,
    show_default=True,
    help="How often a question is asked again that the server did not answer.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    show_default=True,
    help="How long one answer may take.",
)
@click.option("--restart", is_flag=True, help="Forget the answers that are there: begin anew.")
@click.option("--retry", is_flag=True, help="Ask again what the server did not answer before.")
@jobs_option
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Let a model propose tasks with solutions and tests, and keep what is proven.

    A model is asked for a task on a topic, a solution and tests. Kept is what compiles, passes its own tests in the
    sandbox, has tests that fail for a mutant of the solution, and is near no item before it. All else is counted by
    reason.

    Answers are kept beside the output, in FILE.answers.db. A run that was ended goes on there when it is called again,
    asks nothing twice, and ends with the same file.

    \b
    Examples:
      aidec synth instruct --endpoint http://localhost:8000/v1 --model lua-7b -n 1000 -o tasks.jsonl -j 0
      aidec synth instruct --endpoint https://api.example.org/v1 --model large --topics mine.yaml -n 200 \\
        --budget 500000 --body '{"temperature": 1.0}' -o tasks.jsonl
    """
    from aidec.common.errors import SynthesisError
    from aidec.evaluation.journal import opened
    from aidec.evaluation.libraries import require_libraries

    require_libraries("synth", "synthesis needs", SynthesisError)
    from aidec.synthesis.instructing import Answered, Judging, Novelty
    from aidec.synthesis.items import made_of
    from aidec.synthesis.proposals import read_topics, task_of, wishes
    from aidec.synthesis.proposing import Answers

    output, number, seed = Path(options["output"]), options["number"], options["seed"]
    if output.is_dir():
        raise SynthesisError(f"{output}: expected a file to write, found a folder")
    wanted = list(wishes(read_topics(options["topics"]), seed, number))
    proposer = _proposer(options)
    with ExitStack() as stack:
        interrupt_when_terminated(stack)
        journal = stack.enter_context(opened(_journal(output), anew=options["restart"]))
        answers = Answers([task_of(wish, seed) for wish in wanted], journal, proposer)
        if options["retry"]:
            answers.forget_failures()
        if missing := answers.missing():
            advance = stack.enter_context(show_progress("ask", len(missing), "answers"))
            answers.ask(advance)
        counted = list(answers.counted())
    _tell_budget(proposer.ledger, len(counted), number)
    inputs = (Answered(wish, prediction) for wish, prediction in zip(wanted, counted, strict=False))
    judged = made_of(inputs, Judging(seed, options["model"]), options["jobs"])
    write(ctx, output, judged, Novelty(), total=len(counted), jobs=1)


def _journal(output: Path) -> Path | None:
    """Where the answers are kept; nowhere for an output that is no regular file."""
    return None if output.exists() and not output.is_file() else output.with_name(output.name + ANSWERS)


def _proposer(options: dict[str, Any]) -> Proposer:
    from aidec.evaluation.prompting import CHUNK, Prompting
    from aidec.synthesis.proposals import texts
    from aidec.synthesis.proposing import Ledger, Proposer

    system = texts()["system"] if options["system"] is None else options["system"]
    return Proposer(
        options["endpoint"],
        options["model"],
        Prompting(text=CHUNK, system=system),
        options["body"],
        os.environ.get(options["key_from"]),
        options["concurrency"],
        options["timeout"],
        retries=options["retries"],
        ledger=Ledger(options["number"], options["budget"]),
    )


def _tell_budget(ledger: Ledger, counted: int, number: int) -> None:
    """Say what was spent."""
    spent = f"aidec: {count(ledger.total, 'token')} spent on {count(number, 'question')}"
    if ledger.is_spent(number) and counted < number:
        spent += f"; the budget of {ledger.budget:,} tokens is spent: {number - counted:,} of them do not count"
    click.echo(spent, err=True)
