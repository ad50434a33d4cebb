"""Recipes: everything that decides what a dataset is, in one YAML file; ``recipe.yaml`` here explains each key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aidec.common.arguments import checked_path, expect_each
from aidec.common.errors import DatasetError
from aidec.common.settings import Conf
from aidec.dataset.quality import DEFECTS
from aidec.decompiler import NAMES

EXAMPLE = Path(__file__).with_name("recipe.yaml")
"""The commented recipe that ``aidec dataset init`` writes."""

STRIPS = ("never", "always", "both")
GRANULARITIES = ("file", "function")
PROMPTS = ("pack", "decompiled")
OVERS = ("drop", "split", "error")
FORMATS = ("parquet", "jsonl", "tokens")
GROUPS = ("repository", "origin")
COMPRESSIONS = ("zstd", "gzip", "none")
ENGINES = ("local", "ray")
APARTS = ("samples", "insides", "functions")
"""What does not stand in two splits: samples; samples inside others; functions inside samples too."""
SPLITS = ("train", "validation", "test")
"""In the order of their claims: of twins in several splits, those in the last one stay."""

COLUMNS = (
    "id",
    "origin",
    "licence",
    "stripped",
    "n_instructions",
    "messages",
    "prompt",
    "completion",
    "input_ids",
    "assistant_masks",
)


MAX_WEIGHT = 1000
"""The most that a weight can be: one that is larger is a slip."""

ITEM_COLUMNS = ("kind", "task", "item")
"""The columns of datasets that have items of synthesis, beside the others."""


@dataclass(frozen=True)
class Source:
    """Where Lua comes from.

    Attributes:
        path: a file, a folder or a glob, as ``aidec.sources.reader`` takes it.
        field: the field of records, or the column.
        pairs: whether a ``.luac`` is read with the ``.lua`` beside it.
        name: what origins have in place of ``path``; if empty, they have the path.
        glob: what files in folders are called that are taken; if empty, Lua's usual endings count.
        dialect: the name or the file of the dialect that the chunks of pairs are in; None for the official one.
        task: the task packs that make conversations of items of synthesis; if empty, the source has Lua.
        weight: how many times a sample comes in training, on average.
    """

    path: str
    field: str = "lua"
    pairs: bool = False
    name: str = ""
    glob: tuple[str, ...] = ()
    dialect: str | None = None
    task: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True)
class Weights:
    """What sets the weights of items beside those of their sources; ``aidec.dataset.weights`` has the formula.

    Attributes:
        report: the ``report.json`` of an evaluation; None for no other weights than those of sources.
        measure: what the report measured that counts as the pass rate.
        gain: how much more often comes what the model never gets right than what it always does.
    """

    report: str | None = None
    measure: str = "same_behaviour"
    gain: float = 1.0


@dataclass(frozen=True)
class Range:
    """The least and the greatest number of tokens, both allowed; a ``max`` of None allows any number."""

    min: int = 0
    max: int | None = None


@dataclass(frozen=True)
class Limits:
    """The size that is allowed: ``source_bytes`` and ``instructions`` of a file, the others in tokens of a sample."""

    source_bytes: int | None = 16_000_000
    instructions: int | None = 1_000_000
    prompt: Range = field(default_factory=Range)
    completion: Range = field(default_factory=Range)
    whole: Range = field(default_factory=Range)
    over: str = "drop"


@dataclass(frozen=True)
class Filters:
    """What is left out: sources with one of ``defects``, and licences that are denied, or not allowed.

    An empty ``allow`` allows all licences.
    """

    defects: tuple[str, ...] = tuple(DEFECTS)
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deduplication:
    """Whether only one of equal samples is kept, and the similarity from which on two samples are duplicates too."""

    exact: bool = True
    near: float | None = None


@dataclass(frozen=True)
class Decontamination:
    """The evaluations whose tasks no sample may be near.

    Attributes:
        tasks: files of tasks.
        near: the share of a task's text, or of one of its functions, that a sample must not have.
        instructions: from how many instructions on functions count.
    """

    tasks: tuple[str, ...] = ()
    near: float = 0.8
    instructions: int = 10


@dataclass(frozen=True)
class Split:
    """What a group is, and the fractions of groups for validation and test; the others are for training.

    Attributes:
        by: what is never divided, one of ``GROUPS``.
        validation: a fraction.
        test: a fraction.
        apart: what a sample must not have in common with one of a later split, one of ``APARTS``.
        apart_instructions: from how many instructions on functions count for that.
    """

    by: str = "repository"
    validation: float = 0.05
    test: float = 0.05
    apart: str = "functions"
    apart_instructions: int = 10

    @property
    def holds_out(self) -> bool:
        """Whether anything may go to validation or test."""
        return self.validation > 0 or self.test > 0


@dataclass(frozen=True)
class Output:
    """How the dataset is written; a shard or row group ends with the sample that reaches its number of tokens."""

    path: str = "dataset"
    format: str = "parquet"
    columns: tuple[str, ...] = COLUMNS
    shard_tokens: int = 50_000_000
    row_group_tokens: int = 500_000
    compression: str | None = None

    @property
    def packing(self) -> str:
        """The compression; if none is named, for lines of JSON the one that readers need no other library for."""
        return self.compression or ("gzip" if self.format == "jsonl" else "zstd")


@dataclass(frozen=True)
class Recipe:
    """A recipe; ``recipe.yaml`` explains each key."""

    sources: tuple[Source, ...]
    tokenizer: str
    strip: str | float = "both"
    granularity: str = "file"
    prompt: str = "pack"
    pack: str | None = None
    names: str = "made"
    chat: str | None = None
    system: str | None = None
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    filters: Filters = field(default_factory=Filters)
    deduplication: Deduplication = field(default_factory=Deduplication)
    decontaminate: Decontamination = field(default_factory=Decontamination)
    split: Split = field(default_factory=Split)
    output: Output = field(default_factory=Output)
    seed: int = 0
    partition_bytes: int = 1_000_000
    engine: str = "local"

    @property
    def has_code(self) -> bool:
        """Whether a source has Lua."""
        return not all(source.task for source in self.sources)

    @property
    def has_items(self) -> bool:
        """Whether a source has items of synthesis."""
        return any(source.task for source in self.sources)

    @property
    def content(self) -> dict[str, Any]:
        """The settings that the result depends on: all but the output's path and the engine."""
        settings = asdict(self)
        del settings["engine"], settings["output"]["path"]
        return settings

    @property
    def sha256(self) -> str:
        """The hash of ``content``, in hexadecimal."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True).encode()).hexdigest()


def load_recipe(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """A recipe from its file.

    Args:
        path: the YAML file.
        overrides: ``KEY=VALUE``, with dots in KEY where mappings nest; they beat the file.

    Raises:
        DatasetError: it is malformed, or has an unknown key or a value that is not allowed; the line is named.
        OSError: it can't be read.
    """
    path = Path(checked_path("path", path, DatasetError))
    conf = Conf(path, DatasetError, list(expect_each("overrides", overrides, str)))
    prompt = conf.choice("prompt", PROMPTS, Recipe.prompt)
    sources = tuple(_source(item) for item in conf.items("sources"))
    has_items = any(source.task for source in sources)
    recipe = Recipe(
        sources=sources,
        tokenizer=conf.text("tokenizer"),
        strip=_strip(conf),
        granularity=conf.choice("granularity", GRANULARITIES, Recipe.granularity),
        prompt=prompt,
        pack=_pack(conf, prompt),
        names=conf.choice("names", NAMES, Recipe.names),
        chat=_optional_text(conf, "chat"),
        system=_optional_text(conf, "system"),
        weights=_weights(conf.section("weights")),
        limits=_limits(conf.section("limits")),
        filters=_filters(conf.section("filters")),
        deduplication=_deduplication(conf.section("deduplication")),
        decontaminate=_decontamination(conf),
        split=_split(conf, conf.section("split")),
        output=_output(conf.section("output"), (*COLUMNS, *ITEM_COLUMNS) if has_items else COLUMNS),
        seed=conf.number("seed", Recipe.seed),
        partition_bytes=_count(conf, "partition_bytes", Recipe.partition_bytes, least=1),
        engine=conf.choice("engine", ENGINES, Recipe.engine),
    )
    conf.refuse_the_rest()
    return recipe


def _source(item: str | Conf) -> Source:
    if isinstance(item, str):
        return Source(item)
    if "synth" in item.entries:
        return _items(item)
    where = item.where("dialect")
    source = Source(
        path=item.text("path"),
        field=item.text("field", Source.field),
        pairs=item.flag("pairs", default=Source.pairs),
        name=item.text("name", Source.name),
        glob=item.texts("glob", Source.glob),
        dialect=_optional_text(item, "dialect"),
        weight=_weight(item),
    )
    if source.dialect and not source.pairs:
        raise item.fail(where, f"{item.prefix}dialect: expected pairs: true beside it, which takes chunks")
    item.refuse_the_rest()
    return source


def _items(conf: Conf) -> Source:
    where = conf.where("synth")
    if "task" not in conf.entries:
        raise conf.fail(where, f"the key '{conf.prefix}task' is missing")
    source = Source(
        path=conf.text("synth"), name=conf.text("name", Source.name), task=conf.texts("task"), weight=_weight(conf)
    )
    if not source.task:
        raise conf.fail(where, f"{conf.prefix}task: expected a task pack for these items, see aidec synth list")
    conf.refuse_the_rest()
    return source


def _weight(conf: Conf, key: str = "weight") -> float:
    where = conf.where(key)
    value = conf.text(key, "1.0")
    try:
        weight = float(value)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= MAX_WEIGHT:
        raise conf.fail(where, f"{conf.prefix}{key}: expected a number from 0 to {MAX_WEIGHT:,}, read {value!r}")
    return weight


def _weights(conf: Conf) -> Weights:
    weights = Weights(
        report=_optional_text(conf, "report"),
        measure=conf.text("measure", Weights.measure),
        gain=_weight(conf, "gain"),
    )
    conf.refuse_the_rest()
    return weights


def _strip(conf: Conf) -> str | float:
    where = conf.where("strip")
    value = conf.text("strip", str(Recipe.strip))
    if value in STRIPS:
        return value
    return _between_0_and_1(conf, where, "strip", value, f"{', '.join(STRIPS)}, or a probability from 0 to 1")


def _pack(conf: Conf, prompt: str) -> str | None:
    where = conf.where("pack")
    pack = _optional_text(conf, "pack")
    if pack is not None and prompt == "decompiled":
        raise conf.fail(where, f"pack: expected null, since the prompt is decompiled, read {pack!r}")
    return pack


def _limits(conf: Conf) -> Limits:
    limits = Limits(
        source_bytes=_maximum(conf, "source_bytes", Limits.source_bytes),
        instructions=_maximum(conf, "instructions", Limits.instructions),
        prompt=_range(conf.section("prompt")),
        completion=_range(conf.section("completion")),
        whole=_range(conf.section("whole")),
        over=conf.choice("over", OVERS, Limits.over),
    )
    conf.refuse_the_rest()
    return limits


def _range(conf: Conf) -> Range:
    where = conf.where("max")
    limits = Range(min=_count(conf, "min", Range.min), max=_maximum(conf, "max", Range.max))
    if limits.max is not None and limits.max < limits.min:
        raise conf.fail(where, f"{conf.prefix}max: expected {limits.min} or more, which is min, read {limits.max}")
    conf.refuse_the_rest()
    return limits


def _filters(conf: Conf) -> Filters:
    licences = conf.section("licences")
    filters = Filters(
        defects=conf.choices("defects", tuple(DEFECTS), Filters.defects),
        allow=licences.texts("allow", Filters.allow),
        deny=licences.texts("deny", Filters.deny),
    )
    licences.refuse_the_rest()
    conf.refuse_the_rest()
    return filters


def _deduplication(conf: Conf) -> Deduplication:
    exact = conf.flag("exact", default=Deduplication.exact)
    where = conf.where("near")
    near = _optional_text(conf, "near")
    conf.refuse_the_rest()
    if near is None:
        return Deduplication(exact)
    return Deduplication(exact, _similarity(conf, where, near, "null or a similarity above 0, at most 1"))


def _similarity(conf: Conf, where: Any, value: str, allowed: str) -> float:
    similarity = _between_0_and_1(conf, where, "near", value, allowed)
    if similarity == 0:
        raise conf.fail(where, f"{conf.prefix}near: expected {allowed}, read {value!r}")
    return similarity


def _decontamination(whole: Conf) -> Decontamination:
    node = whole.where("decontaminate")
    if node == 1 or node.id != "mapping":
        return Decontamination(() if whole.is_null("decontaminate") else whole.texts("decontaminate"))
    conf = whole.section("decontaminate")
    where = conf.where("near")
    near = conf.text("near", str(Decontamination.near))
    found = Decontamination(
        tasks=conf.texts("tasks"),
        near=_similarity(conf, where, near, "a similarity above 0, at most 1"),
        instructions=_count(conf, "instructions", Decontamination.instructions, least=1),
    )
    conf.refuse_the_rest()
    return found


def _split(whole: Conf, conf: Conf) -> Split:
    fractions = {}
    where: Any = 1
    for key in ("validation", "test"):
        where = conf.where(key)
        value = conf.text(key, str(getattr(Split, key)))
        fractions[key] = _between_0_and_1(conf, where, key, value, "a fraction from 0 to 1")
    if sum(fractions.values()) > 1:
        raise whole.fail(where, "split: expected validation and test to be 1 together at most")
    split = Split(
        by=conf.choice("by", GROUPS, Split.by),
        **fractions,
        apart=conf.choice("apart", APARTS, Split.apart),
        apart_instructions=_count(conf, "apart_instructions", Split.apart_instructions, least=1),
    )
    conf.refuse_the_rest()
    return split


def _output(conf: Conf, columns: tuple[str, ...]) -> Output:
    output = Output(
        path=conf.text("path", Output.path),
        format=conf.choice("format", FORMATS, Output.format),
        columns=conf.choices("columns", columns, columns),
        shard_tokens=_count(conf, "shard_tokens", Output.shard_tokens, least=1),
        row_group_tokens=_count(conf, "row_group_tokens", Output.row_group_tokens, least=1),
        compression=None if conf.is_null("compression") else conf.choice("compression", COMPRESSIONS, "") or None,
    )
    conf.refuse_the_rest()
    return output


def _optional_text(conf: Conf, key: str) -> str | None:
    return None if conf.is_null(key) else conf.text(key, "") or None


def _count(conf: Conf, key: str, default: int, least: int = 0) -> int:
    where = conf.where(key)
    number = conf.number(key, default)
    if number < least:
        raise conf.fail(where, f"{conf.prefix}{key}: expected {least} or more, read {number}")
    return number


def _maximum(conf: Conf, key: str, default: int | None) -> int | None:
    if key not in conf.entries:
        conf.take(key)
        return default
    return None if conf.is_null(key) else _count(conf, key, 0, least=1)


def _between_0_and_1(conf: Conf, where: Any, key: str, value: str, expected: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1
    if not 0 <= number <= 1:
        raise conf.fail(where, f"{conf.prefix}{key}: expected {expected}, read {value!r}")
    return number
