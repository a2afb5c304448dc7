"""Start the service: `python service.py`, on the port that PORT names, else 5000."""

import sys

from buildtimetrend.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
