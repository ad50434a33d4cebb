"""Tokens to look at: in colours for a terminal, as a page, or as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

import click

from aidec.tokenizers import Tokenizer

TRAINED, CONTEXT, SPECIAL, QUIET = "green", "red", "magenta", "bright_black"
SHADES = (236, 240)
"""Two greys of the 256 that terminals have, for the backgrounds of neighbours."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token to show.

    Attributes:
        id: its id.
        data: its bytes.
        is_special: whether it is a special token.
        is_trained: whether the loss counts it; None where there is no conversation.
    """

    id: int
    data: bytes
    is_special: bool
    is_trained: bool | None = None

    @property
    def text(self) -> str:
        """Its text on one line, with all that has no picture of its own escaped."""
        text = self.data.decode(errors="backslashreplace")
        return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def tokens(tokenizer: Tokenizer, ids: Iterable[int], mask: Sequence[int] | None = None) -> list[Token]:
    """The tokens of ids."""
    special = set(tokenizer.special_tokens.values())
    return [
        Token(i, tokenizer.token(i), i in special, None if mask is None else bool(mask[place]))
        for place, i in enumerate(ids)
    ]


def ansi(shown: Iterable[Token], *, ids: bool) -> str:
    """In colours: backgrounds show borders, green is trained on, red is context, special tokens are underlined."""
    parts = []
    for number, token in enumerate(shown):
        colour = {None: SPECIAL if token.is_special else None, True: TRAINED, False: CONTEXT}[token.is_trained]
        parts.append(click.style(token.text, colour, SHADES[number % 2], underline=token.is_special))
        parts.append(click.style(str(token.id), QUIET) if ids else "")
        parts.append("\n" * token.data.count(b"\n"))
    return "".join(parts)


def table(shown: Iterable[Token]) -> Iterator[str]:
    """For other programs: a line for each token, its id, what it is, and its text as in a string of Python's."""
    for token in shown:
        kind = {None: "special" if token.is_special else "text", True: "trained", False: "context"}[token.is_trained]
        yield f"{token.id}\t{kind}\t{token.text}"


def page(title: str, texts: Sequence[Sequence[Token]], *, ids: bool) -> str:
    """A page that needs no other file."""
    bodies = "\n".join(f"<h2>{escape(_summary(shown))}</h2>\n<pre>{_spans(shown, ids=ids)}</pre>" for shown in texts)
    return _PAGE.format(title=escape(title), bodies=bodies)


def _spans(shown: Sequence[Token], *, ids: bool) -> str:
    spans = []
    for token in shown:
        kinds = [
            *(["special"] if token.is_special else []),
            *({None: [], True: ["trained"], False: ["context"]}[token.is_trained]),
        ]
        number = f"<sub>{token.id}</sub>" if ids else ""
        title = f"{token.id} · {len(token.data)} bytes"
        spans.append(f'<span class="{" ".join(kinds)}" title="{title}">{escape(token.text)}{number}</span>')
        spans.append("\n" * token.data.count(b"\n"))
    return "".join(spans)


def _summary(shown: Sequence[Token]) -> str:
    size = sum(len(token.data) for token in shown if not token.is_special)
    ordinary = sum(not token.is_special for token in shown)
    ratio = f", {size / ordinary:.2f} bytes an ordinary token" if ordinary else ""
    trained = sum(bool(token.is_trained) for token in shown)
    loss = f", {trained:,} trained on" if any(token.is_trained is not None for token in shown) else ""
    return f"{len(shown):,} tokens, {len(shown) - ordinary:,} special{loss}{ratio}"


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; --a: light-dark(#eef1f5, #262b33); --b: light-dark(#d9e0e8, #3a424e); }}
  body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }}
  h1 {{ font-size: 1.2rem; }} h2 {{ font-size: 1rem; font-weight: normal; margin-top: 2rem; }}
  pre {{ font: 13px/1.7 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }}
  span {{ background: var(--a); border-radius: 3px; padding: 1px 0; }}
  span:nth-child(even) {{ background: var(--b); }}
  .special {{ color: light-dark(#8a2be2, #c9a0ff); font-weight: 600; }}
  .trained {{ color: light-dark(#127a2b, #6ddc8b); }} .context {{ color: light-dark(#b3261e, #ff9a91); }}
  sub {{ color: gray; font-size: 9px; margin-left: 1px; }}
</style>
<h1>{title}</h1>
<p>Each shade is a token; its id is shown on hover. <span class="special">Special tokens</span>,
<span class="trained">trained on</span>, <span class="context">context</span>.</p>
{bodies}
</html>
"""
