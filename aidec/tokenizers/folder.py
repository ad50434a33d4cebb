"""The folder of a tokenizer: the files of transformers, and ``aidec.json``, which says how the tokenizer was made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aidec.common.errors import TokenizerError
from aidec.common.extras import extra
from aidec.common.files import atomic_folder
from aidec.tokenizers import sentencepiece
from aidec.tokenizers.preset import ROLES

TOKENIZER = "tokenizer.json"
CONFIG = "tokenizer_config.json"
SPECIAL_TOKENS = "special_tokens_map.json"
CHAT_TEMPLATE = "chat_template.jinja"
METADATA = "aidec.json"
GENERATION = "generation_config.json"
ADDED_TOKENS = "added_tokens.json"

DEFAULTS = {"model_max_length": int(1e30)}
"""What ``tokenizer_config.json`` says, unless that of the base differed; 1e30 is how transformers writes no limit."""

KEPT = ("model_max_length", "padding_side", "truncation_side", "model_input_names")
"""What is kept of a base's ``tokenizer_config.json``: what is not of the steps from text to ids and back."""

OTHER_ROLES = ("sep_token", "cls_token", "mask_token")

CLASS = "PreTrainedTokenizerFast"
"""The class of transformers that does what ``tokenizer.json`` says; others build steps of their own."""

FLAGS = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")


@dataclass(frozen=True, slots=True)
class Contents:
    """What the folder of a tokenizer holds; see ``Tokenizer`` for the meaning of each."""

    backend: Any
    roles: dict[str, str]
    chat_template: str | None
    metadata: dict[str, Any]
    config: dict[str, Any]
    generation: dict[str, Any] | None = None


def read(directory: Path) -> Contents:
    """The contents of a folder.

    Raises:
        TokenizerError: the folder holds no tokenizer, or a malformed one.
    """
    if not (directory / TOKENIZER).is_file() and (directory / sentencepiece.MODEL).is_file():
        backend, model_roles = read_model(directory / sentencepiece.MODEL)
    elif (directory / TOKENIZER).is_file():
        backend, model_roles = read_backend(directory / TOKENIZER), {}
    else:
        raise TokenizerError(f"{directory}: not a tokenizer's folder: expected a {TOKENIZER} in it")
    config = _read_json(directory / CONFIG)
    metadata = _read_json(directory / METADATA)
    lists = [metadata.get(key, []) for key in ("packs", "chat_needs")]
    if not all(isinstance(found, list) and all(isinstance(text, str) for text in found) for found in lists):
        raise TokenizerError(f"{directory / METADATA}: expected lists of texts for packs and chat_needs")
    roles = model_roles
    for path in (directory / SPECIAL_TOKENS, directory / CONFIG):
        tokens = _read_json(path)
        roles |= {role: _content(tokens[role], role, path) for role in ROLES if tokens.get(role)}
    template = directory / CHAT_TEMPLATE
    try:
        chat_template = template.read_text("utf-8") if template.is_file() else config.pop("chat_template", None)
    except UnicodeDecodeError as error:
        raise TokenizerError(f"{template}: expected UTF-8: {error.reason} at byte {error.start}") from None
    config = {key: value for key, value in config.items() if key not in ROLES}
    saved = _saved_tokens(directory, config, roles)
    backend = _with_tokens(backend, saved, directory)
    generation = _read_json(directory / GENERATION) if (directory / GENERATION).is_file() else None
    return Contents(backend, roles, _template(chat_template, directory), metadata, config, generation)


def _template(found: Any, directory: Path) -> str | None:
    """The chat template: of several, which older files list by name, the one named ``default``."""
    if isinstance(found, list):
        found = {each.get("name"): each.get("template") for each in found if isinstance(each, dict)}
    if isinstance(found, dict):
        found = found.get("default")
    if found is not None and not isinstance(found, str):
        raise TokenizerError(f"{directory / CONFIG}: chat_template: expected a text, or a list of named texts")
    return found


def _saved_tokens(directory: Path, config: dict[str, Any], roles: dict[str, str]) -> dict[int, dict[str, Any]]:
    """The added tokens that the files of transformers list beside ``tokenizer.json``, by id.

    transformers adds them as it loads the folder, and their flags beat those of ``tokenizer.json``.
    """
    path = directory / CONFIG
    listed = config.get("added_tokens_decoder")
    if listed is None:
        path = directory / ADDED_TOKENS
        special = {*roles.values(), *(_named(token) for token in config.get("additional_special_tokens") or ())}
        listed = {
            i: {"content": token, "special": token in special, "normalized": token not in special}
            for token, i in _read_json(path).items()
        }
    try:
        plain = dict.fromkeys(FLAGS[1:], False)
        return {
            int(i): {**plain, **{flag: token[flag] for flag in FLAGS if flag in token}} for i, token in listed.items()
        }
    except (AttributeError, TypeError, ValueError):
        raise TokenizerError(f"{path}: expected the ids of added tokens, each with its content") from None


def _named(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token


def _with_tokens(backend: Any, saved: dict[int, dict[str, Any]], directory: Path) -> Any:
    """A ``tokenizers.Tokenizer`` with the saved tokens: new ones where it has none, flags where it has others."""
    spec = json.loads(backend.to_str())
    known = {token["content"]: token for token in spec["added_tokens"]}
    changed = {**known}
    for i, token in sorted(saved.items()):
        content = token.get("content", "")
        here = backend.token_to_id(content)
        if here is None and backend.id_to_token(i) is None:
            here = i
        if here != i:
            where = "no place for it" if here is None else f"{content!r} with the id {here}"
            raise TokenizerError(
                f"{directory}: the saved token {content!r} has the id {i}, but {TOKENIZER} has {where}: "
                "expected files of one tokenizer"
            )
        changed[content] = {"id": i, **token}
    if changed == known:
        return backend
    spec["added_tokens"] = sorted(changed.values(), key=lambda token: token["id"])
    found = type(backend).from_str(json.dumps(spec))
    if wrong := [token["content"] for token in changed.values() if found.token_to_id(token["content"]) != token["id"]]:
        raise TokenizerError(f"{directory}: the ids below the saved token {wrong[0]!r} have a gap: expected none")
    return found


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


def read_model(path: Path) -> tuple[Any, dict[str, str]]:
    """The ``tokenizers.Tokenizer`` of a model of SentencePiece, and its special tokens by role.

    Raises:
        TokenizerError: the file is none, or the extra ``tokenizers`` is not installed.
    """
    with extra("tokenizers", "loading a tokenizer needs", TokenizerError):
        from tokenizers import Tokenizer
    spec, roles = sentencepiece.convert(path)
    return Tokenizer.from_str(json.dumps(spec)), roles


def write(contents: Contents, directory: Path) -> None:
    """Write the folder of a tokenizer; it appears whole or not at all.

    Raises:
        TokenizerError: there is a file, or a folder with something else in it.
    """
    refuse_others(directory)
    with atomic_folder(directory) as part:
        (part / TOKENIZER).write_text(contents.backend.to_str(pretty=True) + "\n", "utf-8")
        _write_json(part / CONFIG, _config(contents))
        _write_json(part / SPECIAL_TOKENS, contents.roles)
        _write_json(part / METADATA, contents.metadata)
        if contents.generation is not None:
            _write_json(part / GENERATION, contents.generation)
        if contents.chat_template is not None:
            (part / CHAT_TEMPLATE).write_text(contents.chat_template, "utf-8")


def _config(contents: Contents) -> dict[str, Any]:
    """What ``tokenizer_config.json`` says: no more than that ``tokenizer.json`` is to be followed.

    Whatever else the base's said (a class, prefixes, tokens to add) would make transformers build other steps of it.
    """
    spec = json.loads(contents.backend.to_str())
    added = {token["content"]: token for token in spec["added_tokens"]}
    others = {role: _named(contents.config.get(role)) for role in OTHER_ROLES}
    before = spec["pre_tokenizer"] or {}
    return {
        "tokenizer_class": CLASS,
        **DEFAULTS,
        **{key: contents.config[key] for key in KEPT if key in contents.config},
        "clean_up_tokenization_spaces": False,
        # transformers 4 sets the pre-tokenizer to what stands here
        **({"add_prefix_space": before["add_prefix_space"]} if "add_prefix_space" in before else {}),
        **{role: token for role, token in others.items() if token in added},
        **contents.roles,
        "added_tokens_decoder": {
            str(token["id"]): {flag: token[flag] for flag in FLAGS} for token in spec["added_tokens"]
        },
    }


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
