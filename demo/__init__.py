"""The page: Gradio tabs over cfg_core. A tab is controls -> one core call -> a scene for the stage; no maths here."""

import os

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio is imported: nothing leaves the machine
