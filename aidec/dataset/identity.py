"""What the bytes of a dataset depend on, as hashes and versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aidec.bytecode.dialect import as_yaml, find_dialect
from aidec.dataset.manifest import sha256
from aidec.dataset.recipe import Recipe
from aidec.dataset.sampler import sampler_of
from aidec.dataset.stages.partition import Input
from aidec.packs import load_pack
from aidec.version import __version__

LIBRARIES = ("lupa", "tokenizers", "tiktoken", "pyarrow", "numpy", "tree-sitter", "tree-sitter-lua")


def identity_of(recipe: Recipe, inputs: Sequence[Input]) -> dict[str, str]:
    """What the bytes of a dataset depend on, by name.

    Hashes of the recipe, of the inputs, of the tokenizer with its chat format, of the pack's files (of none where
    prompts are decompiled, or no source has code), of the dialects of sources, of task packs, of the report of an
    evaluation and of its tasks; and the versions.
    """
    sampler = sampler_of(recipe)
    chain = () if sampler.is_decompiled or not recipe.has_code else load_pack(sampler.pack).chain
    names = [source.dialect for source in recipe.sources if source.dialect]
    files = [file for link in chain for file in sorted(link.folder.iterdir()) if file.is_file()]
    tasks = [file for pack in sampler.talks.packs.values() for file in pack.files()]
    return {
        "recipe": recipe.sha256,
        "inputs": inputs_sha256(inputs),
        "tokenizer": _sha256([sampler.tokenizer.spec, sampler.tokenizer.roles, sampler.chat.template]),
        "dialects": _sha256([list(as_yaml(find_dialect(name))) for name in names]),
        "pack": _files_sha256(files),
        **({"report": sha256(Path(recipe.weights.report))} if recipe.weights.report else {}),
        **({"decontaminate": _sha256([file.sha256 for file in sampler.tasks.files])} if sampler.tasks.files else {}),
        **({"tasks": _files_sha256(tasks)} if recipe.has_items else {}),
        "versions": ", ".join(f"{name} {number}" for name, number in versions().items()),
    }


def _files_sha256(files: Sequence[Path]) -> str:
    return _sha256([[file.name, file.read_bytes().decode(errors="replace")] for file in files])


def inputs_sha256(inputs: Sequence[Input]) -> str:
    """The hash of the list of inputs and their hashes, in hexadecimal."""
    return _sha256([asdict(item) for item in inputs])


def versions() -> dict[str, str]:
    """The versions of aidec and of the libraries that it uses here."""
    found = {"aidec": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
