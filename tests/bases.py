"""Small bases of the families that people use, each a folder as the hub has them: the steps of its ``tokenizer.json``.

The vocabularies are trained on a little Lua; normalizers, pre-tokenizers, post-processors, decoders, classes and flags
are those of the family.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tokenizers
from lua_text import training_texts
from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

Folder = dict[str, Any]
"""The files of a folder, by name, each an object of JSON."""

GPT4 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
GPT4 += r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = GPT4.replace("{1,3}", "")
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
    r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
SPACE = "\u2581"

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
INST = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% else %}{{ ' ' + m['content'] + eos_token }}{% endif %}{% endfor %}"
)
PHI = (
    "{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + m['content'] + '<|end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% for m in messages %}{{ '<start_of_turn>' + ('model' if m['role'] == 'assistant' else m['role'])"
    " + '\n' + m['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
)


def texts() -> list[str]:
    """Some Lua to learn from."""
    return [text.decode(errors="replace") for text in training_texts()[-12:]]


def added(first: int, tokens: list[str], **flags: bool) -> list[dict[str, Any]]:
    """Special tokens, as ``tokenizer.json`` lists them."""
    settings = {**PLAIN, "special": True, **flags}
    return [{"id": i, "content": token, **settings} for i, token in enumerate(tokens, first)]


def config(spec: Folder, **settings: Any) -> Folder:
    """A ``tokenizer_config.json`` that lists the added tokens of a ``tokenizer.json``."""
    decoder = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in spec["added_tokens"]}
    return {"added_tokens_decoder": decoder, "clean_up_tokenization_spaces": True, **settings}


def byte_level(tokens: list[str], split: list[str] | None = None, **flags: bool) -> Folder:
    """The ``tokenizer.json`` of a byte-level BPE; ``split`` has the patterns before the step ByteLevel."""
    learner = tokenizers.Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    learner.train_from_iterator(
        texts(), trainers.BpeTrainer(vocab_size=700, show_progress=False, initial_alphabet=alphabet)
    )
    spec: Folder = json.loads(learner.to_str())
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": not split}
    cuts = [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        for pattern in split or ()
    ]
    spec["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [*cuts, level]} if cuts else level
    spec["post_processor"] = {**level, "use_regex": True}
    spec["decoder"] = {**level, "use_regex": True}
    spec["added_tokens"] = added(len(spec["model"]["vocab"]), tokens, **flags)
    return spec


def sentencepiece(tokens: list[str], own: list[str], **steps: Any) -> Folder:
    """The ``tokenizer.json`` of a BPE with byte fallback: special tokens, bytes, pieces, and tokens of its chat."""
    learner = tokenizers.Tokenizer(models.BPE())
    learner.normalizer = normalizers.Replace(" ", SPACE)
    learner.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(f"{SPACE}*\\w+|{SPACE}+|[^\\w{SPACE}]+"), "isolated")
    learner.train_from_iterator(texts(), trainers.BpeTrainer(vocab_size=500, show_progress=False, limit_alphabet=120))
    model = json.loads(learner.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].get)
    vocab = dict.fromkeys([*tokens, *(f"<0x{byte:02X}>" for byte in range(256)), SPACE, *pieces])
    spec = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added(0, tokens),
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                *(
                    [{"type": "Strip", "content": " ", "start": 1, "stop": 0}]
                    if "Strip" in steps.pop("ends", "")
                    else []
                ),
            ],
        },
        "model": {
            **model,
            "unk_token": "<unk>",
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": {piece: i for i, piece in enumerate(vocab)},
        },
        **steps,
    }
    spec["added_tokens"] += added(len(vocab), own)
    return spec


def replace_space() -> Folder:
    """The normalizer that writes spaces as U+2581."""
    return {"type": "Replace", "pattern": {"String": " "}, "content": SPACE}


def template(bos: str, i: int) -> Folder:
    """The post-processor that puts a token before a text."""
    single = [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    pair = [*single, {"Sequence": {"id": "B", "type_id": 1}}]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": pair,
        "special_tokens": {bos: {"id": bos, "ids": [i], "tokens": [bos]}},
    }


def gpt2() -> Folder:
    """GPT-2: one step ByteLevel; its token is listed as normalized."""
    spec = byte_level(["<|endoftext|>"], normalized=True)
    end = "<|endoftext|>"
    settings = {"tokenizer_class": "GPT2Tokenizer", "bos_token": end, "eos_token": end, "unk_token": end}
    return {"tokenizer.json": spec, "tokenizer_config.json": config(spec, add_prefix_space=False, **settings)}


def llama2() -> Folder:
    """Llama 2: a space before each text, by a normalizer."""
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": SPACE}, replace_space()]}
    spec = sentencepiece(
        ["<unk>", "<s>", "</s>"], [], normalizer=prepend, post_processor=template("<s>", 1), ends="Strip"
    )
    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": False, "add_bos_token": True}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="LlamaTokenizer", chat_template=INST, **roles),
    }


def llama3() -> Folder:
    """Llama 3: merges are skipped for whole words, a text starts with a token, and the class was Llama 2's."""
    tokens = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    spec = byte_level(tokens, [GPT4])
    spec["model"]["ignore_merges"] = True
    first = spec["added_tokens"][0]["id"]
    spec["post_processor"] = {
        "type": "Sequence",
        "processors": [spec["post_processor"], template("<|begin_of_text|>", first)],
    }
    settings = {"bos_token": tokens[0], "eos_token": tokens[1], "model_input_names": ["input_ids", "attention_mask"]}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="PreTrainedTokenizerFast", **settings),
        "generation_config.json": {"bos_token_id": first, "eos_token_id": [first + 1, first + 4], "temperature": 0.6},
    }


def qwen(think: bool) -> Folder:  # noqa: FBT001
    """Qwen 2.5, and 3 with tokens that are not special: NFC, digits one by one, a class that builds its own steps."""
    spec = byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"], [QWEN])
    spec["normalizer"] = {"type": "NFC"}
    spec["post_processor"] = {**spec["post_processor"], "trim_offsets": False}
    ordinary = ["<tool_call>", "</tool_call>", *(["<think>", "</think>"] if think else [])]
    spec["added_tokens"] += added(spec["added_tokens"][-1]["id"] + 1, ordinary, special=False)
    settings = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "unk_token": None, "bos_token": None}
    extra = {"additional_special_tokens": ["<|im_start|>", "<|im_end|>"], "chat_template": CHATML}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(
            spec, tokenizer_class="Qwen2Tokenizer", add_bos_token=False, **settings, **extra
        ),
    }


def mistral() -> Folder:
    """Mistral 7B v0.3: Metaspace, a space before the first text only."""
    own = ["[INST]", "[/INST]"]
    metaspace = {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "first", "split": False}
    spec = sentencepiece(["<unk>", "<s>", "</s>"], own, pre_tokenizer=metaspace, ends="Strip")
    spec["post_processor"] = template("<s>", 1)
    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": False}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="LlamaTokenizer", chat_template=INST, **roles),
    }


def tekken() -> Folder:
    """Mistral Nemo: Tekken's pattern, special tokens first."""
    tokens = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"]
    spec = byte_level([], [TEKKEN])
    vocab = {token: i for i, token in enumerate(tokens)}
    vocab |= {piece: i + len(tokens) for piece, i in spec["model"]["vocab"].items()}
    spec["model"] |= {"vocab": vocab, "ignore_merges": True}
    spec["added_tokens"] = added(0, tokens)
    spec["post_processor"] = template("<s>", 1)
    roles = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="GPT2Tokenizer", chat_template=INST, **roles),
    }


def deepseek() -> Folder:
    """DeepSeek V3: an empty normalizer, three patterns, tokens of a chat that are not special."""
    patterns = [r"\p{N}{1,3}", "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+", QWEN]
    begin, end, asked, answered = (
        f"<\uff5c{name}\uff5c>"
        for name in ("begin\u2581of\u2581sentence", "end\u2581of\u2581sentence", "User", "Assistant")
    )
    spec = byte_level([begin, end], patterns, normalized=True)
    spec["normalizer"] = {"type": "Sequence", "normalizers": []}
    spec["added_tokens"] += added(spec["added_tokens"][-1]["id"] + 1, [asked, answered], special=False)
    chat = (
        "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '" + asked + "' + m['content'] }}"
        "{% else %}{{ '" + answered + "' + m['content'] + eos_token }}{% endif %}{% endfor %}"
    )
    roles = {
        name: {"__type": "AddedToken", "content": token, **PLAIN}
        for name, token in (("bos_token", begin), ("eos_token", end))
    }
    settings = {"tokenizer_class": "LlamaTokenizerFast", "chat_template": chat, "pad_token": end}
    return {"tokenizer.json": spec, "tokenizer_config.json": config(spec, **roles, **settings)}


def starcoder2() -> Folder:
    """StarCoder 2: digits one by one, special tokens first, all of them ordinary entries of the vocabulary."""
    tokens = ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>"]
    spec = byte_level([])
    vocab = {token: i for i, token in enumerate(tokens)}
    spec["model"]["vocab"] = vocab | {piece: i + len(tokens) for piece, i in spec["model"]["vocab"].items()}
    digits = {"type": "Digits", "individual_digits": True}
    spec["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [digits, spec["pre_tokenizer"]]}
    spec["added_tokens"] = added(0, tokens)
    end = tokens[0]
    settings = {"tokenizer_class": "GPT2Tokenizer", "bos_token": end, "eos_token": end, "unk_token": end}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, additional_special_tokens=tokens, vocab_size=49152, **settings),
    }


def phi() -> Folder:
    """Phi 3: Llama 2's steps, and tokens of a chat that take the white space after them."""
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": SPACE}, replace_space()]}
    own = ["<|endoftext|>", "<|assistant|>", "<|user|>", "<|end|>"]
    spec = sentencepiece(["<unk>", "<s>", "</s>"], own, normalizer=prepend, ends="Strip")
    for token in spec["added_tokens"]:
        token["rstrip"] = token["content"] in ("</s>", *own[1:])
    spec["added_tokens"][2]["special"] = False
    roles = {"bos_token": "<s>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<unk>"}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="LlamaTokenizer", chat_template=PHI, **roles),
    }


def phi2() -> Folder:
    """Phi 2: GPT-2's steps, and runs of white space as added tokens, saved beside ``tokenizer.json`` only."""
    spec = byte_level(["<|endoftext|>"])
    runs = [" " * size for size in range(8, 1, -1)] + ["\t" * size for size in range(4, 1, -1)]
    first = spec["added_tokens"][-1]["id"] + 1
    end = "<|endoftext|>"
    settings = {"tokenizer_class": "CodeGenTokenizer", "bos_token": end, "eos_token": end, "unk_token": end}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": settings,
        "added_tokens.json": {run: i for i, run in enumerate(runs, first)},
    }


def gemma() -> Folder:
    """Gemma: no space before text, runs of line breaks as added tokens that are not special."""
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>"]
    cut = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    spec = sentencepiece(tokens, ["<start_of_turn>", "<end_of_turn>"], normalizer=replace_space(), pre_tokenizer=cut)
    vocab = spec["model"]["vocab"]
    runs = [run for run in ("\n\n", "\n\n\n", SPACE * 2, SPACE * 4) if run in vocab]
    spec["added_tokens"] += [token for run in runs for token in added(vocab[run], [run], special=False)]
    spec["post_processor"] = template("<bos>", 2)
    roles = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"}
    return {
        "tokenizer.json": spec,
        "tokenizer_config.json": config(spec, tokenizer_class="GemmaTokenizer", chat_template=GEMMA, **roles),
    }


def bert() -> Folder:
    """BERT: lower case, words and parts of words; it loses text. Its file cuts and fills texts, too."""
    learner = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106
    learner.normalizer = normalizers.BertNormalizer()
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    learner.decoder = decoders.WordPiece()
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    learner.train_from_iterator(
        texts(), trainers.WordPieceTrainer(vocab_size=500, show_progress=False, special_tokens=tokens)
    )
    learner.enable_truncation(16)
    learner.enable_padding(length=16)
    spec = json.loads(learner.to_str())
    roles = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}
    return {"tokenizer.json": spec, "tokenizer_config.json": config(spec, **settings, **roles)}


def t5() -> Folder:
    """T5: Unigram, spaces at each start, no token for bytes; it loses text."""
    learner = tokenizers.Tokenizer(models.Unigram())
    learner.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    learner.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    learner.decoder = decoders.Metaspace()
    tokens = ["<pad>", "</s>", "<unk>", "<extra_id_0>", "<extra_id_1>"]
    learner.train_from_iterator(
        texts(),
        trainers.UnigramTrainer(vocab_size=400, show_progress=False, special_tokens=tokens, unk_token="<unk>"),  # noqa: S106
    )
    spec = json.loads(learner.to_str())
    roles = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    settings = {"tokenizer_class": "T5Tokenizer", "extra_ids": 2, "additional_special_tokens": tokens[3:]}
    return {"tokenizer.json": spec, "tokenizer_config.json": config(spec, **settings, **roles)}


FAMILIES: dict[str, Callable[[], Folder]] = {
    "GPT-2": gpt2,
    "Llama 2": llama2,
    "Llama 3": llama3,
    "Qwen 2.5": lambda: qwen(think=False),
    "Qwen 3": lambda: qwen(think=True),
    "Mistral v0.3": mistral,
    "Tekken": tekken,
    "DeepSeek": deepseek,
    "StarCoder 2": starcoder2,
    "Phi 2": phi2,
    "Phi 3": phi,
    "Gemma": gemma,
    "BERT": bert,
    "T5": t5,
}
LOSSY = ("BERT", "T5")


def write(family: str, folder: Path) -> Path:
    """The folder of a base."""
    folder.mkdir(parents=True)
    for name, content in FAMILIES[family]().items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return folder
