"""One policy for what goes wrong: a broken bound is a message that names it, a bug is logged and said plainly."""

import logging

log = logging.getLogger("demo")
SORRY = "⚠ Something went wrong on the server; it was logged. Your settings are kept: change one to try again."
