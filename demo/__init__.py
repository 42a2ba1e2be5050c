"""The page: Gradio tabs over cfg_core. A tab is controls -> one core call -> a scene for the stage; no maths here."""
