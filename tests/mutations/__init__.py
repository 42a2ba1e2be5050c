"""Mistakes made on purpose: which test catches each."""
