"""Elements of the page that are ours, beside the stage: the image wall, plotly charts, the code panel."""
