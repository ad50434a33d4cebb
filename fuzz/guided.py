"""Coverage-guided fuzzing with atheris.

python -m fuzz.guided TARGET CORPUS... [libFuzzer's options, such as -max_total_time=60]
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["aidec", "kaitaistruct"]):
    import aidec.bytecode.diagnosis
    import aidec.packs.reader  # noqa: F401 (both are imported late elsewhere)
    from fuzz.targets import TARGETS


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
