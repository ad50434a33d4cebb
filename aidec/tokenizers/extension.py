"""A tokenizer extended with the tokens of packs and of a chat format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aidec.common.errors import TokenizerError
from aidec.packs import load_pack
from aidec.tokenizers.chat_format import load_format
from aidec.tokenizers.tokenizer import Tokenizer


def extend(base: Tokenizer, packs: Sequence[str] = ("classic",), chat: str | None = None) -> Tokenizer:
    """A new tokenizer: the base's ids, then those of the packs' tokens, then those of a chat format's, without a gap.

    Args:
        base: any tokenizer.
        packs: names or folders of packs; each one's tokens have the order of ``aidec vocab``.
        chat: a chat format, by name or file; its template replaces the base's. Of its tokens, those that are special in
            the base keep their ids. By default the base's own template stays.

    Raises:
        TokenizerError: the base has a token of the packs already, or one of the chat format as ordinary text, or ids
            that no token has.
        PackError, ConversationError: there is no such pack, or no such chat format.
    """
    loaded = [load_pack(pack) for pack in packs]
    new = list(dict.fromkeys(token for pack in loaded for token in pack.vocabulary()))
    known = {base.token(i): i for i in reversed(range(base.vocab_size))}
    if present := [token for token in new if token.encode() in known]:
        raise TokenizerError(
            f"the base has {len(present):,} of the {len(new):,} tokens already, such as {present[0]!r} with the id "
            f"{known[present[0].encode()]}: expected a base without them (several packs are given at once)"
        )
    chat_format = load_format(chat) if chat else None
    if chat_format:
        new += [token for token in chat_format.tokens if token not in base.special_tokens]
        if clash := [token for token in new if token.encode() in known]:
            i = known[clash[0].encode()]
            raise TokenizerError(f"the base has {clash[0]!r} as ordinary text, with the id {i}: data could spell it")
    metadata: dict[str, Any] = {**base.metadata, "packs": [*base.packs, *packs]}
    return Tokenizer(
        _append(base, new),
        roles=base.roles,
        chat_template=chat_format.template if chat_format else base.chat_template,
        metadata={**metadata, **chat_format.metadata} if chat_format else metadata,
        config=base.config,
    )


def _append(base: Tokenizer, tokens: Sequence[str]) -> Any:
    """The base's ``tokenizers.Tokenizer`` with more special tokens, whose ids follow its own."""
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    first = base.vocab_size
    added = [{"id": i, "content": token, **flags} for i, token in enumerate(tokens, first)]
    spec = {**base.spec, "added_tokens": [*base.spec["added_tokens"], *added]}
    backend = type(base.backend).from_str(json.dumps(spec))
    if any(backend.token_to_id(token) != i for i, token in enumerate(tokens, first)):
        raise TokenizerError(f"the ids of the base have gaps below {first:,}: expected as many tokens as ids")
    return backend
