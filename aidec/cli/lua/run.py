"""``aidec lua run``: a script in the sandbox."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aidec.cli.inputs import STDIN, chunk_name
from aidec.cli.lua.outcome import explain, status_of, write
from aidec.common.json_values import bytes_to_json
from aidec.lua.live import BLOCK, LiveRun
from aidec.lua.runner import Job, Limits, Runner

UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


if TYPE_CHECKING:
    _ParamType = click.ParamType[int]
else:
    _ParamType = click.ParamType  # older releases of click have no parameter for its type


class Size(_ParamType):
    """A number of bytes, such as ``65536`` or ``64M``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number."""
        if isinstance(value, int):
            return value
        number, unit = (value[:-1], UNITS[value[-1:]]) if value[-1:] in UNITS else (value, 1)
        if not (number.isascii() and number.isdigit() and int(number)):
            self.fail(f"{value!r} is no size above 0, such as 65536, 64K, 64M or 1G", param, ctx)
        return int(number) * unit


_default = Limits()
_seconds = click.FloatRange(0, min_open=True)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("file", required=False, type=click.Path(allow_dash=True))
@click.argument("arguments", metavar="[ARG]...", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--cpu", metavar="SECONDS", type=_seconds, default=_default.cpu, show_default=True, help="Processor time."
)
@click.option(
    "--wall", metavar="SECONDS", type=_seconds, default=_default.wall, show_default=True, help="Time on the wall clock."
)
@click.option("--memory", metavar="SIZE", type=Size(), default="256M", show_default=True, help="Memory of Lua.")
@click.option(
    "--output", metavar="SIZE", type=Size(), default="1M", show_default=True, help="What may be printed, in bytes."
)
@click.option(
    "--scratch", is_flag=True, help="Let the script write files, in an empty folder that is deleted after it."
)
@click.option(
    "--sandbox",
    type=click.Choice(["best", "strict", "process"]),
    default="best",
    show_default=True,
    help="All layers that work here; all layers there are, or an error; those that need nothing of the machine.",
)
@click.option("--deterministic", is_flag=True, help="Hide what differs from run to run: time, addresses, orders.")
@click.option("--json", "is_json", is_flag=True, help="Print all that is known of the run as a JSON object instead.")
@click.pass_context
def command(
    ctx: click.Context,
    file: str | None,
    arguments: tuple[str, ...],
    *,
    cpu: float,
    wall: float,
    memory: int,
    output: int,
    scratch: bool,
    sandbox: str,
    deterministic: bool,
    is_json: bool,
) -> None:
    """Run a Lua script in the sandbox.

    FILE is a source, or - for standard input. Without it, standard input is run, or on a terminal a session begins:
    chunks are read, run in one state, and their values printed. The ARGs are those of the script. The exit status is
    the script's, or 1 if it failed or reached a limit. docs/sandbox.md says what a script can't do.

    \b
    Examples:
      aidec lua run script.lua one two
      aidec lua run --cpu 0.5 --memory 16M untrusted.lua < input.txt
      echo 'print(6 * 7)' | aidec lua run
      aidec lua run
    """
    limits = Limits(cpu=cpu, wall=wall, memory=memory, output=output, scratch=scratch)
    if file is None and sys.stdin.isatty():
        from aidec.cli.lua.repl import converse

        ctx.exit(converse(partial(Runner, 1, limits=limits, sandbox=sandbox, deterministic=deterministic)))
    path = STDIN if file is None else file
    source = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    job = Job(source, args=[os.fsencode(word) for word in arguments], name=chunk_name(path))
    kept: dict[bool, list[bytes]] = {False: [], True: []}
    with LiveRun(Runner(1, limits=limits, sandbox=sandbox, deterministic=deterministic), job) as run:
        if path == STDIN:
            run.end_input()
        else:
            threading.Thread(target=_pass_on, args=[run], daemon=True).start()
        for part, is_error in run.receive():
            if is_json:
                kept[is_error].append(part)
            else:
                write(part, is_error)
        result = run.result()
    if is_json:
        result = replace(result, stdout=b"".join(kept[False]), stderr=b"".join(kept[True]))
        click.echo(json.dumps(as_json(asdict(result))))
    else:
        explain(result, path, limits)
    ctx.exit(status_of(result))


def _pass_on(run: LiveRun) -> None:
    """Give the script what comes on standard input, as it comes."""
    with suppress(BrokenPipeError):
        while part := os.read(sys.stdin.fileno(), BLOCK):
            run.send(part)
        run.end_input()


def as_json(value: Any) -> Any:
    """A value of a result as JSON has it; bytes are a text where they are UTF-8, else ``{"base64": ...}``."""
    if isinstance(value, bytes):
        return bytes_to_json(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner) for inner in value]
    return value
