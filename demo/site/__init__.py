"""The toy as a static page, without a server: see export.py."""
