"""``python -m tfwidgets.train.devices.worker FOLDER``: one of several training processes."""

import sys
from pathlib import Path

from tfwidgets.train.devices.launch import work

if __name__ == "__main__":
    work(Path(sys.argv[1]))
