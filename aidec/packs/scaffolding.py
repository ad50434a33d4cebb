"""``pack new``: the files of a pack that extends another and changes nothing yet."""

from __future__ import annotations

from pathlib import Path

from jinja2 import nodes

from aidec.common.errors import PackError
from aidec.packs.environment import PackEnvironment
from aidec.packs.names import TEMPLATES
from aidec.packs.pack_loader import load_pack

CONF = """\
name: {name}
description: {parent}, and what I change in it.
extends: {extends}

# Families of tokens: a new one is added, one of {parent}'s is replaced by its name, and null takes one away.
# `aidec pack show {extends}` lists them; `aidec pack check` says what is printed but not declared, or the reverse.
#
# tokens:
#   greeting: {{spelling: "{guard}Hello-{{0..9}}|>", carries: proto.num_params}}
"""

TEMPLATE = """\
{{% extends "{parent}/{unit}.j2" %}}
{{#
Blocks of {parent} that can be written anew; super() is what stands there now.
Line breaks, and the spaces around them, are not printed.

{blocks}
#}}
"""


def scaffold(folder: Path, extends: str) -> list[Path]:
    """Write a pack that extends another into a new folder; returns its files.

    Raises:
        PackError: the folder has files already, or there is no pack to extend.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PackError(f"{folder}: there is something already; name a new folder")
    parent = load_pack(extends)
    if parent.folder.name != extends:
        extends = str(parent.folder)
    files = {"pack.yaml": CONF.format(name=folder.name, parent=parent.name, extends=extends, guard=parent.guard)}
    env = PackEnvironment(parent)
    for unit in TEMPLATES:
        names = [block.name for block in env.syntax_tree(f"{unit}.j2").find_all(nodes.Block)]
        if names:
            blocks = "\n".join(f"{{% block {name} %}}{{{{ super() }}}}{{% endblock %}}" for name in names)
            files[f"{unit}.j2"] = TEMPLATE.format(parent=parent.name, unit=unit, blocks=blocks)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in files]
