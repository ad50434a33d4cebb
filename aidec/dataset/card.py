"""The card of a dataset: ``README.md`` with the front matter that the hub reads, and pictures."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pyarrow import parquet

from aidec.common.files import atomic
from aidec.common.settings import load_yaml
from aidec.dataset.manifest import sha256
from aidec.dataset.reader import DATA, DECONTAMINATION, Dataset
from aidec.dataset.stages.overlap import NEAR
from aidec.dataset.stages.shards import SCHEMA
from aidec.dataset.statistics import Statistics, measure, rejects, rejects_of_items

HISTOGRAM = "tokens.png"
MOST_REASONS = 5
"""How many reasons are shown of each file for which items were not kept when they were made."""

_HUB = load_yaml(Path(__file__).with_name("hub.yaml"))


def write(dataset: Dataset) -> None:
    """Write ``README.md`` and its pictures into the folder of a dataset."""
    found = measure(dataset)
    if any(statistics.whole for statistics in found.values()):
        with atomic(dataset.folder / HISTOGRAM) as file:
            file.write(histogram(found))
    with atomic(dataset.folder / "README.md") as file:
        file.write(text(dataset, found).encode())


def text(dataset: Dataset, found: dict[str, Statistics]) -> str:
    """The text of the card, in Markdown."""
    record = dataset.record
    counts = record["counts"]
    parts = [
        "---",
        yaml.safe_dump(_front_matter(dataset, found), sort_keys=False, allow_unicode=True).rstrip(),
        "---",
        "",
        *_head(record),
        "",
        *_loss(record),
        "## Counts",
        "",
        *table(summary_head(found), summary(found)),
        "",
        *_picture(found),
        f"Of {counts['records']:,} records that were read, {counts['rejected records']:,} were rejected; of "
        f"{counts['samples']:,} samples made of the others, {counts['rejected samples']:,} were rejected"
        + (f" and {counts['divided']:,} gave way to those of their functions" if counts["divided"] else "")
        + ". `rejects.parquet` has each of them with its reason.",
        "",
        *table(("stage", "reason", "unit", "number"), [(*row[:3], f"{row[3]:,}") for row in rejects(dataset)]),
        "",
        *_items(dataset, found),
        *_decontamination(dataset),
        *_overlap(record),
        "## Licences",
        "",
        *table(("licence", "samples"), licences(found)),
        "",
        *_loading(dataset),
        "## The recipe",
        "",
        "```yaml",
        yaml.safe_dump(record["recipe"], sort_keys=False, allow_unicode=True).rstrip(),
        "```",
        "",
        "## Inputs and versions",
        "",
        *_inputs(dataset),
        "",
        *table(("library", "version"), record["versions"].items()),
        "",
    ]
    return "\n".join(parts)


def _head(record: dict[str, Any]) -> list[str]:
    """What a sample is."""
    tasks = sorted({task for source in record["recipe"]["sources"] for task in source.get("task", ())})
    built = f"Built by aidec {record['versions']['aidec']} from the recipe below."
    code = [f"A sample is {_what(record)}: a", *_conversation(record)]
    talk = f"conversation that a task pack ({', '.join(tasks)}) makes of an item of synthesis, in which all Lua that it"
    if all(source.get("task") for source in record["recipe"]["sources"]):
        title, text = "Lua 5.3 by synthesis", [f"{built} A sample is a", talk, "answers with compiles."]
    elif tasks:
        title, text = (
            "Lua 5.3: bytecode, its source, and synthesis",
            [f"{built} {code[0]}", *code[1:], "Or it is a", talk],
        )
        text += ["answers with compiles."]
    else:
        title, text = "Lua 5.3 bytecode and its source", [f"{built} {code[0]}", *code[1:]]
    return [f"# {title}", "", *text]


def summary_head(found: dict[str, Statistics]) -> list[str]:
    """The column heads of ``summary``."""
    return ["", *found, *(["all"] if len(found) > 1 else [])]


def summary(found: dict[str, Statistics]) -> list[list[str]]:
    """The counts of each split, and of all of them if there are several, as rows of texts."""
    columns = list(found.values())
    if len(columns) > 1:
        columns.append(_sum(columns))
    rows = [
        ["samples", *(f"{sum(item.licences.values()):,}" for item in columns)],
        ["stripped", *(f"{item.stripped:,}" for item in columns)],
        ["tokens", *(f"{item.tokens:,}" for item in columns)],
    ]
    for name in ("prompt", "completion"):
        lengths: list[NDArray[np.int64]] = [np.array(getattr(item, name), dtype=np.int64) for item in columns]
        rows.append(
            [
                f"tokens of a {name}: median",
                *(f"{np.median(values):,.0f}" if len(values) else "-" for values in lengths),
            ]
        )
        rows.append([f"tokens of a {name}: most", *(f"{values.max():,}" if len(values) else "-" for values in lengths)])
    rows.append(["instructions", *(f"{sum(item.instructions):,}" for item in columns)])
    ratios = [item.tokens_an_instruction for item in columns]
    rows.append(["prompt tokens an instruction", *("-" if ratio is None else f"{ratio:.2f}" for ratio in ratios)])
    rows.append(["MB on disk", *(f"{item.disk / 1e6:,.1f}" for item in columns)])
    return rows


def licences(found: dict[str, Statistics]) -> list[tuple[str, str]]:
    """The licences and their numbers of samples, the most frequent first."""
    counts = _sum(list(found.values())).licences
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0] or ""))
    return [(name or "unknown", f"{number:,}") for name, number in ordered]


def overlap_head(record: dict[str, Any]) -> list[str]:
    """The column heads of ``overlap``."""
    return ["in common", *(f"{pair['split']} and {pair['earlier']}" for pair in record["overlap"])]


def overlap(record: dict[str, Any]) -> list[list[str]]:
    """What splits have in common, as rows of texts; none for a dataset without a split that is held out."""
    pairs = record.get("overlap")
    if not pairs:
        return []
    recipe = record["recipe"]
    least = f"{recipe['split']['apart_instructions']} or more instructions"
    similar = f"similar ({recipe['deduplication']['near'] or NEAR} or more)"
    rows = [
        [name, *(f"{pair[field]:,}" for pair in pairs)]
        for name, field in (
            ("samples of the first", "samples"),
            ("of them the same as one of the other", "same"),
            (f"with a function of {least} in both", "sharing"),
            ("with only shorter functions in both", "sharing_short"),
            (f"{similar} to one, of {least}", "similar"),
            (f"{similar} to one, shorter", "similar_short"),
            (f"functions of {least} in both", "functions"),
            ("shorter functions in both", "functions_short"),
        )
    ]
    shares = [pair["shared_instructions"] / max(pair["instructions"], 1) for pair in pairs]
    return [*rows, ["instructions of the first, of functions in both", *(f"{share:.1%}" for share in shares)]]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown, numbers to the right."""
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * (len(head) - 1)}"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]


def histogram(found: dict[str, Statistics]) -> bytes:
    """Histograms of the lengths of prompts, completions and whole samples in tokens, as PNG."""
    total = _sum(list(found.values()))
    lengths_of = {"prompt": total.prompt.tolist(), "completion": total.completion, "whole": total.whole}
    shown = {name: values for name, values in lengths_of.items() if values}
    figure = Figure(figsize=(9, 3.2))
    # Margins that leave room for numbers of six digits; to find them costs more than all else here
    figure.subplots_adjust(left=0.085, right=0.96, bottom=0.16, top=0.9, wspace=0.25)
    for axes, (name, values) in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown.items(), strict=True):
        lengths = np.maximum(np.array(values), 1)
        bins = np.logspace(0, np.ceil(np.log10(lengths.max() + 1)), 49)
        axes.stairs(np.histogram(lengths, bins)[0], bins, fill=True, color="#3b6ea5")
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.minorticks_off()
        axes.set_title(f"{name}, median {np.median(lengths):,.0f}", fontsize=10)
        axes.set_xlabel("tokens")
        axes.spines[["top", "right"]].set_visible(b=False)
    figure.axes[0].set_ylabel("samples")
    out = io.BytesIO()
    # Without the name of the software, which has its version, the bytes depend on the picture alone
    figure.savefig(out, format="png", dpi=120, metadata={"Software": None})
    return out.getvalue()


def _sum(items: Sequence[Statistics]) -> Statistics:
    total = Statistics()
    for item in items:
        total.whole += item.whole
        total.completion += item.completion
        total.instructions += item.instructions
        total.stripped += item.stripped
        total.licences += item.licences
        total.tasks += item.tasks
        total.disk += item.disk
    return total


def _front_matter(dataset: Dataset, found: dict[str, Statistics]) -> dict[str, Any]:
    samples = sum(sum(item.licences.values()) for item in found.values())
    known = sorted({_on_hub(name) for item in found.values() for name in item.licences if name})
    front: dict[str, Any] = {
        "license": known or ["unknown"],
        "language": ["code"],
        "task_categories": ["text-generation"],
        "tags": ["lua", "bytecode", "decompilation", "code", "aidec"],
        "size_categories": [next(name for limit, name in _HUB["sizes"] if samples < limit)],
    }
    if dataset.format != "tokens":
        files = [{"split": split, "path": f"{DATA}/{split}-*"} for split in found]
        front["configs"] = [{"config_name": "default", "data_files": files}]
        columns = dataset.record["recipe"]["output"]["columns"]
        features = [_feature(field) for field in SCHEMA if field.name in columns]
        front["dataset_info"] = {"config_name": "default", "features": features}
    return front


def _feature(field: pa.Field) -> dict[str, Any]:
    """A column as the hub declares it, so that lines of JSON load whatever is null in the first of them."""
    if not pa.types.is_list(field.type):
        return {"name": field.name, "dtype": str(field.type)}
    inner = field.type.value_type
    if pa.types.is_struct(inner):
        return {"name": field.name, "list": [_feature(each) for each in inner]}
    return {"name": field.name, "sequence": str(inner)}


def _on_hub(licence: str) -> str:
    """The hub's name of a licence, or ``other``: the hub names frequent ones, without "only" and "or later"."""
    name = licence.lower().removesuffix("-only").removesuffix("-or-later")
    return name if name in _HUB["licences"] else "other"


def _what(record: dict[str, Any]) -> str:
    return "a file" if record["recipe"]["granularity"] == "file" else "a function with those inside it"


def _conversation(record: dict[str, Any]) -> list[str]:
    if record["recipe"].get("prompt") != "decompiled":
        return ["conversation in which the user shows bytecode and the assistant answers with the source."]
    named = "made from their use" if record["recipe"]["names"] == "made" else "numbers"
    return [
        "conversation in which the user shows what `aidec decompile` makes of bytecode, and the assistant answers with",
        f"the source. Where bytecode has no names of variables, they are {named} in prompts. Each prompt compiles to",
        "the same bytecode as the answer; what did not was rejected.",
    ]


def _loss(record: dict[str, Any]) -> list[str]:
    """What the tokenizer loses of the texts, so that nobody takes the tokens for them."""
    if rare := record.get("rare_losses"):
        return [f"Of rare texts the tokenizer loses: {', '.join(rare)}. Their ids do not give them back.", ""]
    if not record.get("losses"):
        return []
    return [f"**The tokenizer loses text**: {', '.join(record['losses'])}. Its ids do not give the texts back.", ""]


def _picture(found: dict[str, Statistics]) -> list[str]:
    has_any = any(statistics.whole for statistics in found.values())
    return [f"![How many tokens samples have]({HISTOGRAM})", ""] if has_any else []


def _items(dataset: Dataset, found: dict[str, Statistics]) -> list[str]:
    """What became of the items of synthesis: of each kind how many were taken, and why others were not."""
    items = dataset.record.get("items")
    if not items:
        return []
    left_out = rejects_of_items(dataset)
    kinds = []
    for kind, made in items.items():
        lost = sum(number for (_, _, unit), number in left_out.get(kind, {}).items() if unit == "sample")
        kept = made["samples"] - lost
        rate = f"{kept / made['samples']:.1%}" if made["samples"] else "-"
        kinds.append((kind, f"{made['items']:,}", f"{made['samples']:,}", f"{kept:,}", rate))
    reasons = [
        (kind, stage, reason, unit, f"{number:,}")
        for kind in sorted(left_out)
        for (stage, reason, unit), number in sorted(left_out[kind].items(), key=lambda each: (-each[1], each[0]))
    ]
    made = [
        (each["path"], f"{each['tried']:,}", f"{each['kept']:,}", f"{each['kept'] / max(each['tried'], 1):.1%}")
        for each in dataset.record["made"]
    ]
    why = [
        (each["path"], reason.replace("|", "\\|"), f"{number:,}")
        for each in dataset.record["made"]
        for reason, number in sorted(each["rejected"].items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_REASONS]
    ]
    tasks = sorted({task for each in found.values() for task in each.tasks})
    rows = [(*task, *(f"{each.tasks[task]:,}" for each in found.values())) for task in tasks]
    repeated = dataset.record["counts"].get("repeated", 0)
    again = f" Samples that come again in training, as their weights say: {repeated:,}." if repeated else ""
    return [
        "## Items of synthesis",
        "",
        *(["How many were tried to make them:", ""] if made else []),
        *([*table(("file", "tried", "kept", "accepted"), made), ""] if made else []),
        *([*table(("file", "why most of the others were not kept", "number"), why), ""] if why else []),
        f"Of each kind how many items were worked on, the samples made of them, and those that were kept.{again}",
        "",
        *table(("kind", "items", "samples", "kept", "accepted"), kinds),
        "",
        *(["Why others were left out:", ""] if reasons else []),
        *(table(("kind", "stage", "reason", "unit", "number"), reasons) if reasons else []),
        *([""] if reasons else []),
        *(["What is in each split, by task pack:", "", *table(("kind", "task", *found), rows), ""] if rows else []),
    ]


def _decontamination(dataset: Dataset) -> list[str]:
    """What evaluations were looked for, and how many samples were left out for being near their tasks."""
    path = dataset.folder / DECONTAMINATION
    if not path.exists():
        return []
    report = json.loads(path.read_bytes())
    files = [
        (file["path"], f"`{file['sha256']}`", *(f"{file[key]:,}" for key in ("tasks", "by_text", "by_bytecode")))
        for file in report["files"]
    ]
    counts: Counter[str] = Counter()
    for reasons in report["left_out"].values():
        counts.update(reasons)
    told = ", ".join(f"{number:,} {reason}" for reason, number in sorted(counts.items())) or "none"
    return [
        "## Decontamination",
        "",
        f"Left out as near a task of these evaluations: {told}. `{DECONTAMINATION}` has how many for each task, and",
        "`rejects.parquet` names the task of each. Tasks whose texts or functions are short can't be looked for.",
        "",
        *table(("tasks", "SHA-256", "number", "by text", "by bytecode"), files),
        "",
    ]


def _overlap(record: dict[str, Any]) -> list[str]:
    rows = overlap(record)
    return ["## What splits have in common", "", *table(overlap_head(record), rows), ""] if rows else []


def _loading(dataset: Dataset) -> list[str]:
    if dataset.format == "tokens":
        code = ["from aidec.dataset import packed", "", 'shard = packed.read("data/train-00000-of-00001.bin")']
    else:
        code = ["from datasets import load_dataset", "", 'dataset = load_dataset("path/to/this/folder")']
    return ["## Loading it", "", "```python", *code, "```", ""]


def _inputs(dataset: Dataset) -> list[str]:
    path = dataset.folder / "inputs.parquet"
    sizes = parquet.read_table(path, columns=["size"])["size"].to_pylist()
    hashes = dataset.record["sha256"]
    return [
        f"{len(sizes):,} files of {sum(sizes):,} bytes; `inputs.parquet` has the SHA-256 of each, and its own is",
        f"`{sha256(path)}`.",
        "",
        *table(("SHA-256 of", ""), [(name, f"`{value}`") for name, value in hashes.items()]),
    ]
