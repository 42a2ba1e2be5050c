"""The view: see view.py."""
