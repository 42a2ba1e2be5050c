"""One module a tab: controls, one core call, its scene."""
