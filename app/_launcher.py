"""Installed as the module `crmdeck`: starts the program from wherever it was installed.

The import packages are called `app`, `widgets` and `styles`; putting our own folder first makes sure that they are ours.
"""

import sys
from pathlib import Path


def main() -> None:
    """Run the command line of crmdeck; the entry point of the console script."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from app.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
