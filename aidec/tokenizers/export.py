"""A tokenizer's files for programs that do not read a ``tokenizer.json``: tiktoken and nanochat."""

from __future__ import annotations

import base64
import json
import pickle  # nosec: written, never read
from pathlib import Path

from aidec.common.errors import TokenizerError
from aidec.common.files import atomic
from aidec.tokenizers.engines import pattern, ranks
from aidec.tokenizers.tokenizer import Tokenizer

RANKS = "ranks.tiktoken"
SPECIALS = "encoding.json"
BOS = "<|bos|>"


def export_tiktoken(tokenizer: Tokenizer, folder: Path) -> list[Path]:
    """Write ``ranks.tiktoken`` and ``encoding.json``; returns their paths.

    ``tiktoken.load.load_tiktoken_bpe`` reads the first. The second has the other arguments of ``tiktoken.Encoding``:
    ``name``, ``pat_str`` and ``special_tokens``.

    Raises:
        TokenizerError: tiktoken can't load the tokenizer.
    """
    lines = [
        base64.b64encode(token) + b" %d\n" % rank
        for token, rank in sorted(ranks(tokenizer.spec, tokenizer.backend).items(), key=lambda item: item[1])
    ]
    encoding = {"name": "aidec", "pat_str": pattern(tokenizer.spec), "special_tokens": tokenizer.special_tokens}
    return [
        _write(folder / RANKS, b"".join(lines)),
        _write(folder / SPECIALS, (json.dumps(encoding, ensure_ascii=False, indent=2) + "\n").encode()),
    ]


def export_nanochat(tokenizer: Tokenizer, folder: Path) -> list[Path]:
    """Write ``tokenizer.pkl`` and ``token_bytes.pt``, as nanochat's training does; returns their paths.

    The first is a pickled ``tiktoken.Encoding``. The second is a tensor of the type int32 and the shape (vocabulary,):
    the number of bytes of each token, 0 for special tokens. nanochat's ``RustBPETokenizer.from_directory`` and
    ``get_token_bytes`` load them.

    Raises:
        TokenizerError: tiktoken can't load the tokenizer, it has no ``<|bos|>``, or PyTorch is not installed.
    """
    if BOS not in tokenizer.special_tokens:
        raise TokenizerError(f"nanochat needs the special token {BOS}; see aidec tokenizer extend --chat nanochat")
    try:
        import tiktoken
        import torch
    except ImportError as error:
        raise TokenizerError(f"nanochat's format needs PyTorch: pip install tiktoken torch ({error})") from None
    encoding = tiktoken.Encoding(
        "aidec",
        pat_str=pattern(tokenizer.spec),
        mergeable_ranks=ranks(tokenizer.spec, tokenizer.backend),
        special_tokens=tokenizer.special_tokens,
    )
    sizes = folder / "token_bytes.pt"
    with atomic(sizes) as file:
        torch.save(torch.tensor(tokenizer.token_bytes(), dtype=torch.int32), file)
    return [_write(folder / "tokenizer.pkl", pickle.dumps(encoding)), sizes]


def _write(path: Path, data: bytes) -> Path:
    with atomic(path) as file:
        file.write(data)
    return path
