"""A tokenizer extended with the tokens of packs, of task packs and of a chat format."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

from aidec.common.arguments import PATH, expect, expect_each
from aidec.common.errors import TokenizerError
from aidec.packs import load_pack
from aidec.taskpacks import load_task_pack
from aidec.tokenizers import pipeline
from aidec.tokenizers.chat_format import load_format
from aidec.tokenizers.loss import round_trip
from aidec.tokenizers.takeover import PLAIN, give_up
from aidec.tokenizers.tokenizer import Tokenizer
from aidec.tokenizers.turns import Turns, turns_of


def extend(
    base: Tokenizer, packs: Sequence[str] = ("classic",), chat: str | None = None, tasks: Sequence[str] = ()
) -> Tokenizer:
    """A new tokenizer: the base's ids, then those of packs, of task packs and of a chat format, without a gap.

    A token of a pack that the base has as ordinary text, be it an added token that is not special, gets an id of its
    own. The base then spells that text with shorter tokens, and the id that it had for it stays unused.

    ``eos_token``, and in ``generation_config.json`` its id, become the token that ends the assistant's turn; a base
    without a ``pad_token`` pads with what ended its texts.

    Args:
        base: any tokenizer.
        packs: names or folders of packs; each one's tokens have the order of ``aidec vocab``.
        chat: a chat format, by name or file; its template replaces the base's. Of its tokens, those that the base
            has as added tokens keep their ids, become special, and lose flags such as ``lstrip``. By default the
            base's own template stays.
        tasks: names or folders of task packs; a token of several has one id.

    Raises:
        TokenizerError: the base has a token of the packs as a special token, or can't spell its text without the token
            that it has for it; or it has one of the chat format as ordinary text, or ids that no token has.
        PackError, ConversationError: there is no such pack, or no such chat format.
    """
    expect("base", base, Tokenizer)
    packs = [os.fspath(pack) for pack in expect_each("packs", packs, *PATH)]
    expect("chat", chat, *PATH, None)
    loaded = [load_pack(pack) for pack in packs]
    own: list[Collection[str]] = [pack.vocabulary() for pack in loaded]
    own += [load_task_pack(task).tokens for task in expect_each("tasks", tasks, *PATH)]
    new = list(dict.fromkeys(token for tokens in own for token in tokens))
    known = {base.token(i): i for i in reversed(range(base.vocab_size))}
    added = {token["content"] for token in base.spec["added_tokens"]}
    _refuse_special(base, new)
    text = [token for token in new if token in added or token.encode() in known]
    spec = give_up(base.spec, text)
    chat_format = load_format(chat) if chat else None
    if chat_format:
        new += [token for token in chat_format.tokens if token not in added]
        _refuse_ordinary([token for token in chat_format.tokens if token in new and token.encode() in known], known)
    metadata: dict[str, Any] = {**base.metadata, "packs": [*base.packs, *packs]}
    if base.losses:
        metadata["lossy"] = list(base.losses)
    template = chat_format.template if chat_format else base.chat_template
    used = turns_of(template, [*base.special_tokens, *new], base.roles) if template else Turns()
    spec = _plain(spec, used.used, chat_format.tokens if chat_format else ())
    backend = _append(type(base.backend), pipeline.plain_offsets(spec), base.vocab_size, new)
    roles = _roles(base.roles, used)
    extended = Tokenizer(
        backend,
        roles=roles,
        chat_template=template,
        metadata={**metadata, **chat_format.metadata} if chat_format else metadata,
        config=base.config,
        generation=_generation(base.generation, roles, backend) if template else base.generation,
    )
    _refuse_lost(base, extended, text)
    return extended


def _refuse_special(base: Tokenizer, tokens: list[str]) -> None:
    if present := [token for token in tokens if token in base.special_tokens]:
        otherwise = (
            "(several packs are given at once)" if base.packs else "(or a pack of your own with other spellings)"
        )
        raise TokenizerError(
            f"the base has {len(present):,} of the {len(tokens):,} tokens already, such as {present[0]!r} with the id "
            f"{base.special_id(present[0])}: expected a base without them {otherwise}"
        )


def _refuse_lost(base: Tokenizer, extended: Tokenizer, texts: list[str]) -> None:
    """Make sure that the base, of which tokens were taken, still spells the texts that it spelled with them."""
    for text, beside in product(texts, ("", "x")):
        tried = f"{beside}{text}{beside}"
        if round_trip(base, tried) == tried != round_trip(extended, tried):
            raise TokenizerError(
                f"the base can't spell {text!r} without the token that it has for it: "
                "expected another spelling of that token in a pack of your own (aidec pack new)"
            )


def _refuse_ordinary(clash: list[str], known: dict[bytes, int]) -> None:
    if clash:
        i = known[clash[0].encode()]
        raise TokenizerError(f"the base has {clash[0]!r} as ordinary text, with the id {i}: data could spell it")


def _plain(spec: dict[str, Any], used: Collection[str], own: Collection[str]) -> dict[str, Any]:
    """The base's ``tokenizer.json`` in which each token of the chat template is found wherever the template has it.

    Of these tokens, those of a chat format are special, and take no white space either: it is the message's.
    """
    found = {"single_word": False, "normalized": False}

    def flags(token: dict[str, Any]) -> dict[str, Any]:
        return {**PLAIN, "special": True} if token["content"] in own else found if token["content"] in used else {}

    return {**spec, "added_tokens": [{**token, **flags(token)} for token in spec["added_tokens"]]}


def _append(kind: Any, spec: dict[str, Any], first: int, tokens: Sequence[str]) -> Any:
    """The base's ``tokenizers.Tokenizer`` with more special tokens, whose ids follow its own."""
    added = [{"id": i, "content": token, **PLAIN, "special": True} for i, token in enumerate(tokens, first)]
    model = {**spec["model"], **({"dropout": None} if spec["model"].get("dropout") else {})}
    backend = kind.from_str(json.dumps({**spec, "model": model, "added_tokens": [*spec["added_tokens"], *added]}))
    if any(backend.token_to_id(token) != i for i, token in enumerate(tokens, first)):
        raise TokenizerError(f"the ids of the base have gaps below {first:,}: expected as many tokens as ids")
    return backend


def _roles(roles: dict[str, str], used: Turns) -> dict[str, str]:
    """The roles of special tokens that a chat template asks for."""
    if not used.end:
        return roles
    found = {**roles, "eos_token": used.end}
    if used.start:
        found["bos_token"] = used.start
    # Where padding is what ends a turn, a loss that leaves out padding leaves out the end
    if found.get("pad_token", used.end) in used.used:
        found.pop("pad_token", None)
        before = roles.get("eos_token", "")
        if before and before not in used.used:
            found["pad_token"] = before
    return found


def _generation(before: dict[str, Any] | None, roles: dict[str, str], backend: Any) -> dict[str, Any]:
    """What ``generation_config.json`` says: what that of the base said, and the ids of the roles."""
    names = ("bos_token", "eos_token", "pad_token")
    kept = {key: value for key, value in (before or {}).items() if key.removesuffix("_id") not in names}
    return {**kept, **{f"{role}_id": backend.token_to_id(roles[role]) for role in names if role in roles}}
