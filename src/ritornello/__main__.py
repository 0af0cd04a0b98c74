"""``python -m ritornello`` is the command ``ritornello``."""

import sys

from ritornello.cli import main

sys.exit(main())
