"""What the sandbox starts: `python main.py [FOLDER]`, where FOLDER is the root of the code, `/work` if not given."""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [_here] + [folder for folder in sys.path if os.path.abspath(folder) != _here]

from runbook._main import main  # noqa: E402

sys.path.remove(_here)  # the package knows its own place; a runbook may have a `main` of its own

main(sys.argv[1] if len(sys.argv) > 1 else "/work")
