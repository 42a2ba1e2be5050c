"""The mathematics of guidance: no Gradio, no plotting. Start with process, mixture, guidance, samplers."""

__version__ = "0.2.0"
