"""Exports: what tiktoken and nanochat load gives the ids that the tokenizer gives."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import tiktoken
import tokenizers
from conftest import LUA_FILES
from tiktoken.load import load_tiktoken_bpe
from trained import PRESETS, extended, foreign, trained

from aidec.common.errors import TokenizerError
from aidec.tokenizers import Tokenizer
from aidec.tokenizers.export import export_nanochat, export_tiktoken

BYTE_LEVEL = [name for name in PRESETS if name != "lua-sp"]


def loaded(folder: Path) -> tiktoken.Encoding:
    """What tiktoken makes of the two files."""
    return tiktoken.Encoding(
        mergeable_ranks=load_tiktoken_bpe(str(folder / "ranks.tiktoken")),
        **json.loads((folder / "encoding.json").read_bytes()),
    )


@pytest.mark.parametrize("preset", BYTE_LEVEL)
def test_tiktoken_loads_the_ranks_and_gives_the_same_ids(preset: str, tmp_path: Path) -> None:
    tokenizer = extended(preset)
    export_tiktoken(tokenizer, tmp_path)
    encoding = loaded(tmp_path)
    for path in LUA_FILES:
        text = path.read_bytes().decode(errors="replace")
        assert encoding.encode_ordinary(text) == tokenizer.encode(text)
        assert encoding.decode_bytes(tokenizer.encode(text)) == text.encode()


@pytest.mark.parametrize("preset", BYTE_LEVEL)
def test_tiktoken_has_the_special_tokens(preset: str, tmp_path: Path) -> None:
    tokenizer = extended(preset)
    export_tiktoken(tokenizer, tmp_path)
    encoding = loaded(tmp_path)
    assert encoding.n_vocab == tokenizer.vocab_size
    assert {
        token: encoding.encode_single_token(token) for token in tokenizer.special_tokens
    } == tokenizer.special_tokens


def test_the_pre_tokenizer_of_gpt_2_is_exported_as_its_pattern(tmp_path: Path) -> None:
    backend = tokenizers.Tokenizer.from_str(foreign("gpt2"))
    export_tiktoken(Tokenizer(backend), tmp_path)
    text = LUA_FILES[5].read_text()
    assert loaded(tmp_path).encode_ordinary(text) == backend.encode(text).ids


def test_the_files_that_were_written_are_told(tmp_path: Path) -> None:
    written = export_tiktoken(trained("gpt4"), tmp_path / "new" / "folder")
    assert sorted(written) == sorted((tmp_path / "new" / "folder").iterdir())


def test_the_same_tokenizer_gives_the_same_bytes(tmp_path: Path) -> None:
    one = [path.read_bytes() for path in export_tiktoken(trained("gpt4"), tmp_path / "one")]
    assert one == [path.read_bytes() for path in export_tiktoken(trained("gpt4"), tmp_path / "two")]


def test_an_export_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="tiktoken can't load it"):
        export_tiktoken(trained("lua-sp"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_can_not_be_written_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_tiktoken(trained("gpt4"), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        export_tiktoken(trained("bbpe"), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# nanochat


def test_a_tokenizer_that_nanochat_could_not_start_a_document_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError) as caught:
        export_nanochat(trained("bbpe"), tmp_path / "out")
    assert str(caught.value) == ("nanochat needs the special token <|bos|>; see aidec tokenizer extend --chat nanochat")
    assert list(tmp_path.iterdir()) == []


def test_without_pytorch_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(TokenizerError, match=r"^nanochat's format needs PyTorch: pip install tiktoken torch"):
        export_nanochat(trained("gpt4"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("preset", "form"), [("gpt4", None), ("gpt4", "nanochat"), ("bbpe", "nanochat")])
def test_nanochat_unpickles_an_encoding_with_the_same_ids(preset: str, form: str | None, tmp_path: Path) -> None:
    """As RustBPETokenizer.from_directory does in nanochat/tokenizer.py."""
    pytest.importorskip("torch")
    tokenizer = trained(preset) if form is None else extended(preset, ("classic",), form)
    export_nanochat(tokenizer, tmp_path)
    with (tmp_path / "tokenizer.pkl").open("rb") as file:
        encoding = pickle.load(file)
    assert isinstance(encoding, tiktoken.Encoding)
    assert encoding.encode_single_token("<|bos|>") == tokenizer.special_id("<|bos|>")
    assert encoding.n_vocab == tokenizer.vocab_size
    for path in LUA_FILES:
        text = path.read_bytes().decode(errors="replace")
        assert encoding.encode_ordinary(text) == tokenizer.encode(text)


def test_token_bytes_are_those_that_nanochat_counts(tmp_path: Path) -> None:
    """As tok_train.py makes them: the bytes of each token, 0 for special tokens, in a tensor of int32."""
    torch = pytest.importorskip("torch")
    tokenizer = trained("gpt4")
    export_nanochat(tokenizer, tmp_path)
    sizes = torch.load(tmp_path / "token_bytes.pt")
    encoding = pickle.loads((tmp_path / "tokenizer.pkl").read_bytes())
    special = set(tokenizer.special_tokens.values())
    assert sizes.dtype == torch.int32
    assert sizes.tolist() == [
        0 if i in special else len(encoding.decode_single_token_bytes(i)) for i in range(encoding.n_vocab)
    ]
