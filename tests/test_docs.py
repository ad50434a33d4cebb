"""README.md and the pages in docs: what they show runs and prints what they say, their links lead somewhere.

The blocks of README.md, of the pages in docs/howto and docs/reference and of docs/explanation/decompiling.md run page
by page, in order, in one shell in a fresh folder that holds a copy of ``examples/``. What a block is, the words after
its three backticks say:

    sh          commands, each of which must succeed
    console     commands after ``$ ``, and ``> `` where one goes on (``>`` for an empty line), each with all that it
                prints; ``...`` is any lines, and within a line any text. Each must succeed, or ``$ echo $?`` after it
                shows its status
    python      a program that must succeed
    pycon       a session of Python, checked by doctest
    LANG PATH   a file, written there before what follows
    ... no-test commands that need the network; they do not run, and may only be those in ``NEED_THE_NETWORK``

Other blocks are shown only.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = [
    ROOT / "README.md",
    *sorted(ROOT.glob("docs/howto/*.md")),
    *sorted(ROOT.glob("docs/reference/*.md")),
    ROOT / "docs" / "explanation" / "decompiling.md",
]
PAGES = sorted({ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md")})
NEED_THE_NETWORK = re.compile(
    r"pip install |make (demo|test|parser)\b|aidec dataset build .*--engine ray\b|tests/oracles/fetch_manual"
)
LIMIT = 300
"""Seconds that a page may take, on a busy machine too; the slowest takes some ten."""

_MARK = "END-OF-STEP-5f0c7e"
_BLOCK = re.compile(r"^```(?P<info>\w[^\n]*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    """What a page has the shell do.

    Attributes:
        line: the line of the page where it stands.
        command: what the shell gets.
        shown: what the page shows that it prints, or None where it shows nothing of it.
        status: the exit status that the page promises.
    """

    line: int
    command: str
    shown: str | None = None
    status: int = 0


def id_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def steps(page: str) -> Iterator[Step]:
    """The steps of a page, in order.

    Raises:
        ValueError: a block of commands is malformed, or is marked ``no-test`` and could run.
    """
    for match in _BLOCK.finditer(page):
        kind, _, argument = match["info"].partition(" ")
        text, line = match["text"], page.count("\n", 0, match.start()) + 2
        if argument == "no-test":
            refuse_what_could_run(text, line)
        elif argument and kind in ("sh", "console", "python", "pycon"):
            raise ValueError(f"line {line - 1}: expected no word after {kind}, or no-test, read {argument!r}")
        elif argument:
            yield Step(line, f'mkdir -p "$(dirname {argument})" && cat > {argument} {heredoc(text)}')
        elif kind == "sh":
            yield Step(line, f"set -e\n{text}set +e")
        elif kind == "console":
            yield from session(text, line)
        elif kind == "python":
            yield Step(line, f"python - {heredoc(text)}")
        elif kind == "pycon":
            yield Step(line, f"cat > ../session.txt {heredoc(text)}\npython -m doctest -o ELLIPSIS ../session.txt", "")


def refuse_what_could_run(text: str, line: int) -> None:
    for number, command in enumerate(text.splitlines()):
        if not NEED_THE_NETWORK.match(command.removeprefix("$ ")):
            raise ValueError(f"line {line + number}: {command!r} needs no network, so it can be tested")


def heredoc(text: str) -> str:
    return f"<<'{_MARK}-text'\n{text}{_MARK}-text"


def session(text: str, line: int) -> Iterator[Step]:
    """The commands of a console, with what they print."""
    if not text.startswith("$ "):
        raise ValueError(f"line {line}: expected a command after '$ ', read {text.splitlines()[0]!r}")
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    places = [line + text.count("\n", 0, match.start()) for match in re.finditer(r"^\$ ", text, re.MULTILINE)]
    for number, part in enumerate(parts):
        following = parts[number + 1] if number + 1 < len(parts) else ""
        asked = re.fullmatch(r"echo \$\?\n(\d+)\n+", following)
        lines = part.splitlines()
        size = 1
        while size < len(lines) and f"{lines[size]} ".startswith("> "):
            size += 1
        command = "\n".join([lines[0], *[more[2:] for more in lines[1:size]]])
        yield Step(places[number], command, "\n".join(lines[size:]), int(asked[1]) if asked else 0)


def as_script(found: list[Step]) -> str:
    """One script of all steps; after each it prints a mark and the exit status, and leaves that for ``$?``."""
    end = f"\n__status=$?; printf '%s %d\\n' {_MARK} $__status; (exit $__status)\n"
    return "".join([step.command + end for step in found])


def as_pattern(shown: str) -> re.Pattern[str]:
    """What matches the output that a page shows."""
    lines = [
        r"(?:.*\n)*" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + r"\n"
        for line in shown.rstrip("\n").split("\n")
    ]
    return re.compile("".join(lines) if shown.strip("\n") else "")


def problem(page: str, folder: Path, programs: Path = Path(sys.executable).parent) -> str | None:
    """The first thing that a page says and that is not so, with its line; None where all is as it says.

    Args:
        page: the page.
        folder: an empty folder to work in.
        programs: where ``python`` and ``aidec`` are.
    """
    found = list(steps(page))
    here, home = folder / "here", folder / "home"
    home.mkdir()
    shutil.copytree(ROOT / "examples", here / "examples")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIDEC_PACK", "XDG_"))}
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environment = kept | {"PATH": path, "HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    command = ["bash", "-c", "exec 2>&1 </dev/null\n" + as_script(found)]
    run = subprocess.run(command, cwd=here, env=environment, stdout=subprocess.PIPE, timeout=LIMIT, check=False)
    outputs = re.split(rf"{_MARK} (\d+)\n", run.stdout.decode("utf-8", "replace"))
    printed, statuses = outputs[::2], outputs[1::2]
    for number, step in enumerate(found):
        if number == len(statuses):
            return f"line {step.line}: this ended the shell, with status {run.returncode}:\n{printed[-1]}"
        if int(statuses[number]) != step.status:
            return f"line {step.line}: expected status {step.status}, was {statuses[number]}:\n{printed[number]}"
        output = printed[number].rstrip("\n")
        if step.shown is not None and not as_pattern(step.shown).fullmatch(output + "\n" if output else ""):
            return f"line {step.line}: the page shows\n{step.shown}\nbut this was printed\n{printed[number]}"
    return None


@pytest.mark.parametrize("path", RUN, ids=id_of)
def test_what_a_page_shows_is_so(path: Path, tmp_path: Path) -> None:
    wrong = problem(path.read_text("utf-8"), tmp_path)
    if wrong:
        pytest.fail(f"{path.relative_to(ROOT)}, {wrong}", pytrace=False)


RIGHT = """\
# A page

```lua src/one.lua
return 1
```

```sh
cd src
name=one
```

```console
$ cat > two.lua <<'END'
> return 2
> END
$ cat $name.lua two.lua
return 1
return ...
$ ls; false
...
two.lua
$ echo $?
1
```

```pycon
>>> open("two.lua").read()
'return ...
```

```text
nothing that runs
```
"""


def test_a_page_that_is_right_passes(tmp_path: Path) -> None:
    assert problem(RIGHT, tmp_path) is None


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("return 1\nreturn", "return 1\nreturn 3\nreturn", 16),
        ("return 1\nreturn", "return", 16),
        ("$?\n1", "$?\n2", 19),
        ("\n$ echo $?\n1", "", 19),
        ("name=one", "false\nname=one", 8),
        ("name=one", "exit 0", 8),
        ("'return ...", "'nothing ...", 27),
        ("```pycon\n>>> open", "```python\nraise SystemExit(1)  # ", 27),
    ],
)
def test_a_page_that_is_wrong_fails_with_the_line(tmp_path: Path, right: str, wrong: str, line: int) -> None:
    assert right in RIGHT
    assert (problem(RIGHT.replace(right, wrong), tmp_path) or "").startswith(f"line {line}: ")


@pytest.mark.parametrize(
    "block",
    ["```sh no-test\nmake demo\naidec vocab\n```\n", "```sh notest\nfalse\n```\n", "```console\nls\n```\n"],
    ids=["needs no network", "misspelled", "no command"],
)
def test_a_block_that_would_be_passed_over_is_refused(block: str) -> None:
    with pytest.raises(ValueError, match=r"^line "):
        list(steps(block))


@pytest.mark.parametrize("path", RUN, ids=id_of)
def test_commands_stand_in_blocks_that_run(path: Path) -> None:
    outside = _BLOCK.sub("", path.read_text("utf-8"))
    assert "```" not in outside
    assert not re.search(r"^( {4}|\t)", outside, re.MULTILINE), "a block by indentation, which no test runs"


@pytest.mark.parametrize("path", PAGES, ids=id_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" not in target:
            file, _, anchor = target.partition("#")
            there = (path.parent / file).resolve() if file else path
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", _BLOCK.sub("", page.read_text("utf-8")), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    named = {(index.parent / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)", index.read_text("utf-8"))}
    assert set(ROOT.glob("docs/**/*.md")) - {index} <= named


def test_the_tree_in_the_readme_names_what_is_there() -> None:
    tree = re.search(r"^```text\n\.\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert tree
    folders: list[str] = []
    named = set()
    for line in tree[1].splitlines():
        entry = re.fullmatch(r"(?P<indent>(?:[│ ]   )*)[├└]── (?P<name>\S+) +\S.*", line)
        assert entry, line
        folders[len(entry["indent"]) // 4 :] = [entry["name"].rstrip("/")]
        named.add(ROOT.joinpath(*folders))
    assert all(path.exists() for path in named)
    assert {path.parent for path in ROOT.glob("aidec/*/__init__.py")} <= named
