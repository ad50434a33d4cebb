"""``aidec synth``: make training data, each item proven by compiling and running; one file a command."""

from __future__ import annotations

from aidec.cli.lazy import LazyGroup

COMMANDS = {
    "generate": "Make programs that end and print what they compute.",
    "break": "Break good programs, and tell what that does and how it is repaired.",
    "rewrite": "Rewrite sources in ways that keep the bytecode or the behaviour.",
    "python": "Turn functions of Python into Lua that does the same.",
    "properties": "Prove what is claimed of functions, and catch mutants of them.",
    "instruct": "Let a model propose tasks with solutions and tests, and keep what is proven.",
    "questions": "Ask what Lua does, with answers that come from running it and cite the manual.",
    "list": "List all that has a name: constructs, tags, faults, rewrites, laws, functions, rules, task packs.",
}

command = LazyGroup(
    "synth",
    commands_in=__name__,
    first_lines=COMMANDS,
    help="""Make training data: Lua that is proven by compiling and running.

    \b
    Examples:
      aidec synth generate -n 1000 --seed 1 -o programs.jsonl
      aidec synth break -n 1000 --seed 1 -o broken.jsonl
      aidec synth rewrite src/ --rewrite invert-if --rewrite for-to-while -o rewrites.jsonl
      aidec synth python src/ -o translations.jsonl
      aidec synth properties -o properties.jsonl
      aidec synth instruct --endpoint http://localhost:8000/v1 --model lua-7b -n 1000 -o tasks.jsonl
      aidec synth questions manual.html -o questions.jsonl
      aidec synth list
    """,
)
