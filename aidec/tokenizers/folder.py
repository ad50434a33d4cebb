"""The folder of a tokenizer: the files of transformers, and ``aidec.json``, which says how the tokenizer was made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import TokenizerError
from aidec.common.extras import extra
from aidec.common.files import atomic_folder
from aidec.tokenizers.preset import ROLES

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
CHAT_TEMPLATE = "chat_template.jinja"
METADATA = "aidec.json"

DEFAULTS = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "clean_up_tokenization_spaces": False,
    "model_max_length": int(1e30),
}
"""What ``tokenizer_config.json`` says, unless that of the base differed; 1e30 is how transformers writes no limit."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the folder of a tokenizer holds; see ``Tokenizer`` for the meaning of each."""

    backend: Any
    roles: dict[str, str]
    chat_template: str | None
    metadata: dict[str, Any]
    config: dict[str, Any]


def read(directory: Path) -> Contents:
    """The contents of a folder.

    Raises:
        TokenizerError: the folder holds no tokenizer, or a malformed one.
    """
    if not (directory / TOKENIZER).is_file():
        raise TokenizerError(f"{directory}: not a tokenizer's folder: expected a {TOKENIZER} in it")
    config = _read_json(directory / CONFIG)
    metadata = _read_json(directory / METADATA)
    if not all(isinstance(metadata.get(key, []), list) for key in ("packs", "chat_needs")):
        raise TokenizerError(f"{directory / METADATA}: expected lists of texts for packs and chat_needs")
    roles: dict[str, str] = {}
    for path in (directory / SPECIAL_TOKENS, directory / CONFIG):
        tokens = _read_json(path)
        roles |= {role: _content(tokens[role], role, path) for role in ROLES if tokens.get(role)}
    template = directory / CHAT_TEMPLATE
    try:
        chat_template = template.read_text("utf-8") if template.is_file() else config.pop("chat_template", None)
    except UnicodeDecodeError as error:
        raise TokenizerError(f"{template}: expected UTF-8: {error.reason} at byte {error.start}") from None
    config = {key: value for key, value in config.items() if key not in ROLES}
    backend = read_backend(directory / TOKENIZER)
    return Contents(backend, roles, chat_template, metadata, config)


def read_backend(path: Path) -> Any:
    """The ``tokenizers.Tokenizer`` of a ``tokenizer.json``.

    Raises:
        TokenizerError: the file is none, or the extra ``tokenizers`` is not installed.
    """
    with extra("tokenizers", "loading a tokenizer needs", TokenizerError):
        from tokenizers import Tokenizer
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise TokenizerError(f"{path}: not a {TOKENIZER}: {error}") from None


def write(contents: Contents, directory: Path) -> None:
    """Write the folder of a tokenizer; it appears whole or not at all.

    Raises:
        TokenizerError: there is a file, or a folder with something else in it.
    """
    refuse_others(directory)
    with atomic_folder(directory) as part:
        (part / TOKENIZER).write_text(contents.backend.to_str(pretty=True) + "\n", "utf-8")
        _write_json(part / CONFIG, {**DEFAULTS, **contents.config, **contents.roles})
        _write_json(part / SPECIAL_TOKENS, contents.roles)
        _write_json(part / METADATA, contents.metadata)
        if contents.chat_template is not None:
            (part / CHAT_TEMPLATE).write_text(contents.chat_template, "utf-8")


def refuse_others(directory: Path) -> None:
    """Make sure that no folder is overwritten but that of a tokenizer.

    Raises:
        TokenizerError: there is a file, or a folder with something else in it.
    """
    is_empty = directory.is_dir() and not any(directory.iterdir())
    if directory.exists() and not (directory / TOKENIZER).is_file() and not is_empty:
        raise TokenizerError(f"{directory}: something else is there: expected a new folder, or a tokenizer's")


def _read_json(path: Path) -> dict[str, Any]:
    """The JSON object in a file; empty if there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise TokenizerError(f"{path}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise TokenizerError(f"{path}: expected an object")
    return value


def _content(token: Any, role: str, path: Path) -> str:
    """The text of a special token in transformers' files, which write the text, or an object that holds it."""
    content = token.get("content") if isinstance(token, dict) else token
    if not isinstance(content, str):
        raise TokenizerError(f"{path}: {role}: expected a text, or an object with a text under content")
    return content


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
