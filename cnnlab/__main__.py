"""Run the command line: python -m cnnlab."""

import sys

from cnnlab.guard import main

sys.exit(main())
