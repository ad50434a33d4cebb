"""Each install works alone: the core, and each extra, in a fresh environment with nothing else in it.

    python tests/check_extras.py [--oldest] [EXTRA...]

For each it makes an environment, installs aidec with that extra from this folder, and runs the how-to pages that ask
for the extra in their line "You need:"; those that ask for none are the core's. A page that says ``pip install X`` on
its way is run up to there first, and as a whole once X is installed. ``--oldest`` installs the oldest releases that
pyproject.toml allows. Exits 1 if a page fails.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from test_docs import ROOT, id_of, problem

CORE = "core"
EXTRAS = (CORE, "lua", "tokenizers", "dataset", "eval", "synth", "dataset,synth", "plot", "sandbox")
"""What is checked if nothing is named; ``ray`` is large, and has to be named."""

WITHOUT_PAGE = {
    "plot": "```console\n$ aidec stats --plot tokens.svg examples\n...\n$ test -s tokens.svg\n```\n",
    "sandbox": (
        "```console\n$ echo 'print(1 + 1)' > sum.lua\n$ aidec lua run sum.lua\n2\n"
        "$ python -c 'import py_landlock, pyseccomp'\n```\n"
    ),
    "transformers": (
        "```sh\naidec tokenizer train --preset gpt4 --vocab-size 300 examples/demo.lua -o tok\n"
        'python -c "from transformers import GPT2Config as C, GPT2LMHeadModel as M;'
        " M(C(vocab_size=300, n_positions=512, n_embd=8, n_layer=1, n_head=1)).save_pretrained('model')\"\n"
        "aidec eval base --model model --tokenizer tok --limit 8 -o base.csv\n"
        "grep -E '^MEAN,,-?[0-9.]+$' base.csv\n```\n"
    ),
    "ray": (
        "```sh\naidec tokenizer train --preset bbpe --vocab-size 300 examples -o base\n"
        "aidec tokenizer extend base -p compact -o tok\n"
        "printf 'sources: [{path: examples}]\\ntokenizer: tok\\npack: compact\\n"
        "split: {validation: 0, test: 0}\\noutput: {path: out}\\n' > recipe.yaml\n"
        "aidec dataset build --engine ray recipe.yaml\naidec dataset verify out\n```\n"
    ),
}
"""A page for each extra that no how-to page asks for."""


def pages_of(extra: str) -> dict[str, str]:
    """The pages that belong to an extra, by name."""
    if extra in WITHOUT_PAGE:
        return {extra: WITHOUT_PAGE[extra]}
    found = {}
    for path in sorted(ROOT.glob("docs/howto/*.md")):
        text = path.read_text("utf-8")
        needed = re.search(r"^You need: .*?pip install '\S*\[([\w,]+)\]'", text, re.MULTILINE)
        if extra == (needed[1] if needed else CORE):
            found[id_of(path)] = text
    return found


def parts_of(page: str) -> list[tuple[list[str], str]]:
    """The page as far as it goes without each package that it asks for on its way, and those that go before."""
    asked = list(re.finditer(r"\(`pip install (?P<name>\w+)`\)", page))
    names = [match["name"] for match in asked]
    ends = [page.rindex("\n", 0, match.start()) + 1 for match in asked]
    return [(names[:number], page[:end]) for number, end in enumerate([*ends, len(page)])]


def oldest(extra: str) -> list[str]:
    """The oldest release that is allowed of each library that an extra needs, as pip wants it."""
    waiting, wanted, found = extra.split(","), set(extra.split(",")), []
    while waiting:
        name = waiting.pop()
        for text in distribution("aidec").requires or ():
            needed = Requirement(text)
            if needed.marker and not needed.marker.evaluate({"extra": name}):
                continue
            if needed.name == "aidec":
                waiting += needed.extras - wanted
                wanted |= needed.extras
            else:
                found += [f"{needed.name}=={bound.version}" for bound in needed.specifier if bound.operator == ">="]
    return found


def wheel(folder: Path) -> Path:
    """A wheel of this project in a folder."""
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


def check(extra: str, project: Path, folder: Path, *, is_oldest: bool) -> list[str]:
    """The pages of an extra that say what is not so, in an environment below ``folder`` with the wheel ``project``."""
    programs = folder / "venv" / "bin"

    def install(*what: str) -> None:
        subprocess.run([programs / "pip", "install", "--quiet", "--disable-pip-version-check", *what], check=True)

    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    install(f"{project}[{extra}]" if extra != CORE else str(project), *(oldest(extra) if is_oldest else []))
    wrong = []
    for number, (name, page) in enumerate(pages_of(extra).items()):
        for needed, part in parts_of(page):
            if needed:
                install(*needed)
            here = folder / f"page{number}_{len(needed)}"
            here.mkdir()
            said = problem(part, here, programs)
            print(
                f"{extra}: {name}{' with ' + ' and '.join(needed) if needed else ''}: {said or 'as it says'}",
                flush=True,
            )
            wrong += [name] if said else []
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help=f"{CORE}, or one of pyproject.toml")
    parser.add_argument("--oldest", action="store_true", help="install the oldest releases that are allowed")
    arguments = parser.parse_args()
    os.environ.pop("PYTHONPATH", None)
    wrong = []
    with tempfile.TemporaryDirectory() as built:
        project = wheel(Path(built))
        for extra in arguments.extras or EXTRAS:
            with tempfile.TemporaryDirectory() as folder:
                wrong += check(extra, project, Path(folder), is_oldest=arguments.oldest)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
