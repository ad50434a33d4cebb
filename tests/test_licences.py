"""Licences: tags, fields of records, and texts, which must be recognised as what their makers say that they are."""

from __future__ import annotations

import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from aidec.common.errors import SourceError
from aidec.sources.licences import LICENCE_FILE, MAX_TEXT, of_record, of_text, tagged

COMMON = Path("/usr/share/common-licenses")
"""Where Debian keeps licences, under names of its own."""

DATA = Path(__file__).with_name("data") / "licences"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"-- SPDX-License-Identifier: MIT\n", "MIT"),
        (b"#!/bin/lua\n--[[ SPDX-License-Identifier:\tGPL-2.0-or-later ]]", "GPL-2.0-or-later"),
        (b"-- SPDX-License-Identifier: (MIT OR  Apache-2.0) AND Zlib\r\nx()", "(MIT OR Apache-2.0) AND Zlib"),
        (
            b"-- SPDX-License-Identifier: GPL-3.0-only WITH Classpath-exception-2.0",
            "GPL-3.0-only WITH Classpath-exception-2.0",
        ),
        (b"--SPDX-License-Identifier:MIT--]]", "MIT"),
        (b"-- SPDX-License-Identifier: MIT see LICENSE", "MIT"),
        (b"-- SPDX-License-Identifier: ISC\n-- SPDX-License-Identifier: MIT", "ISC"),
        (b"-- SPDX-License-Identifier:\n-- MIT", None),
        (b"x = 1\n" * 2000 + b"-- SPDX-License-Identifier: MIT", None),
        (b"-- Licence: MIT", None),
        (b"\xff\x00", None),
    ],
)
def test_the_tag_of_a_source(source: bytes, expected: str | None) -> None:
    assert tagged(source) == expected


@pytest.mark.parametrize("value", [None, 7, {}, [], [None, 3], "NOASSERTION", ["unknown", ""]])
def test_a_field_that_names_no_licence_is_none(value: object) -> None:
    assert of_record({"license": value}) is None


def test_the_first_field_that_is_there_counts() -> None:
    assert of_record({"max_stars_repo_licenses": ["MIT"], "license": "isc"}) == "ISC"
    assert of_record({"lua": "x"}) is None


@pytest.mark.skipif(not COMMON.is_dir(), reason=f"no {COMMON}")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Apache-2.0", "Apache-2.0"),
        ("BSD", "BSD-3-Clause"),
        ("GPL-2", "GPL-2.0"),
        ("GPL-3", "GPL-3.0"),
        ("LGPL-2.1", "LGPL-2.1"),
        ("LGPL-3", "LGPL-3.0"),
        ("MPL-2.0", "MPL-2.0"),
        ("GPL-1", None),
        ("MPL-1.1", None),
    ],
)
def test_the_texts_that_debian_keeps_are_recognised(name: str, expected: str | None) -> None:
    assert of_text(COMMON.joinpath(name).read_bytes()) == expected


@pytest.mark.parametrize("path", sorted(DATA.glob("*.txt")), ids=lambda path: path.stem)
def test_short_texts_are_recognised_whoever_holds_the_copyright(path: Path) -> None:
    text = path.read_text()
    indented = "\n\n".join("    " + line for line in text.splitlines())
    for other in (text, text.replace("\n", "\r\n"), indented, f"Copyright (c) 1999 Someone\n\n{text}"):
        assert of_text(other.encode()) == path.stem


def test_no_licence_of_an_installed_package_is_taken_for_another() -> None:
    """What the packages beside us say of themselves is an oracle of its own."""
    agree = 0
    for distribution in distributions():
        said = next(iter(distribution.metadata.get_all("License-Expression") or ()), "")
        for file in distribution.files or []:
            if said and " " not in said and LICENCE_FILE.fullmatch(file.name) and ".dist-info" in str(file):
                found = of_text(Path(str(file.locate())).read_bytes())
                assert found in (said, None), distribution.name
                agree += found == said
    assert agree >= 5


@pytest.mark.parametrize("text", [b"", b"Ask me.", b"\xff\xfe" * 100, b"x" * (MAX_TEXT + 1)])
def test_other_texts_are_not_known(text: bytes) -> None:
    assert of_text(text) is None


def test_two_licences_in_one_text_are_not_one() -> None:
    assert of_text(b"\n".join(path.read_bytes() for path in sorted(DATA.glob("*.txt")))) is None


@pytest.mark.parametrize("name", ["LICENSE", "licence.md", "COPYING", "Copying.txt", "UNLICENSE", "LICENSE.rst"])
def test_names_of_files_with_licences(name: str) -> None:
    assert LICENCE_FILE.fullmatch(name)
    assert not LICENCE_FILE.fullmatch(f"x{name}")
    assert not LICENCE_FILE.fullmatch(f"{name}.lua")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ukkonen", None)
    with pytest.raises(SourceError, match=r"pip install 'aidec\[dataset\]'"):
        of_text(b"")
