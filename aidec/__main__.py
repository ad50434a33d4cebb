"""``python -m aidec``."""

from aidec.cli.main import main

if __name__ == "__main__":
    main()
