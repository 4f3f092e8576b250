"""``python -m reviewkit``, and the command ``reviewkit``."""

from reviewkit.cli.app import main

if __name__ == "__main__":
    main()
