"""What a run printed, and how it ended, on standard output and standard error."""

from __future__ import annotations

import sys

import click

from aidec.lua.runner import Limits, Result


def write(part: bytes, is_error: bool) -> None:  # noqa: FBT001 (it is called with what ``LiveRun`` gives)
    """Print what a script printed, at once."""
    file = sys.stderr.buffer if is_error else sys.stdout.buffer
    file.write(part)
    file.flush()


def status_of(result: Result) -> int:
    """The exit status of the command."""
    return result.exit or 0 if result.status == "ok" else 1


def explain(result: Result, path: str, limits: Limits) -> None:
    """Print why a script failed, if it did."""
    if result.exceeded is not None:
        limit = limit_of(limits, result.exceeded)
        click.echo(f"aidec: {path}: ended at the limit of {result.exceeded}, {limit}", err=True)
    elif result.error is not None:
        failure = result.error
        click.echo(f"aidec: {failure.message}", err=True)
        # lua.c: msghandler shows no traceback for an object that has a text of its own
        if failure.traceback and (failure.kind != "object" or failure.message.startswith("(error object is a ")):
            click.echo(failure.traceback.strip("\n"), err=True)


def limit_of(limits: Limits, name: str) -> str:
    """A limit with its unit."""
    value = getattr(limits, name)
    unit = {"cpu": "s", "wall": "s", "files": "files", "steps": "instructions"}.get(name, "bytes")
    return f"{value:,} {unit}"
