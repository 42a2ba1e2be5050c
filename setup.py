"""The packages and their data files; everything else about them is in pyproject.toml."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["cfg_core*", "demo*"]), "cfg_core.assets"],
    package_dir={"cfg_core.assets": "assets"},  # in the wheel the data files lie in the package: see cfg_core/files.py
    package_data={
        "": ["*.js", "*.css", "*.html", "*.md", "*.toml", "*.json"],
        "cfg_core.assets": ["**/*"],
    },
)
