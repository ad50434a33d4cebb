"""A session of Lua on a terminal, in the sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aidec.cli.lua.outcome import explain, status_of, write
from aidec.common.errors import AidecError
from aidec.common.extras import extra
from aidec.lua.runner import Runner
from aidec.lua.session import Session, is_complete

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


def converse(start: Callable[[], Runner]) -> int:
    """The exit status, after chunks were read and run until the input ends, or a chunk calls ``os.exit``.

    Where a limit or Ctrl-C ends a session, a new one begins.

    Args:
        start: makes the runner of a session.

    Raises:
        AidecError: prompt_toolkit is not installed, or the sandbox can't be had as asked.
    """
    prompt = _prompt()
    is_first = True
    while True:
        runner = start()
        if is_first:
            click.echo(f"Lua 5.3 in the sandbox ({', '.join(runner.layers)}). Ctrl-D ends the session.")
        is_first = False
        with Session(runner) as session:
            status = _talk(prompt, session, runner)
        if status is not None:
            return status
        click.echo("aidec: the session has ended; a new one begins", err=True)


def _talk(prompt: PromptSession[str], session: Session, runner: Runner) -> int | None:
    """The exit status; None if the session was ended from outside."""
    while True:
        try:
            chunk = prompt.prompt("> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return 0
        try:
            result = session.execute(_text(chunk), write)
        except KeyboardInterrupt:
            return None
        if result is not None:
            explain(result, "session", runner.limits)
            return status_of(result) if result.status == "ok" else None


def _text(chunk: str) -> bytes:
    """The bytes of a chunk; ``=x`` is the expression x, as in lua.c: ``pushline``."""
    return chunk.lstrip().removeprefix("=").encode("utf-8", "surrogateescape")


def _prompt() -> PromptSession[str]:
    """What reads chunks, with a history in the user's state folder."""
    with extra("lua", "a session on a terminal needs", AidecError):
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "aidec"
    folder.mkdir(parents=True, exist_ok=True)
    return PromptSession(
        history=FileHistory(str(folder / "lua_history")),
        multiline=True,
        key_bindings=_keys(),
        prompt_continuation=">> ",
    )


def _keys() -> KeyBindings:
    """Enter runs a chunk that is complete, and otherwise begins a line."""
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if is_complete(_text(buffer.text)):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys
