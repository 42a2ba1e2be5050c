"""The command: see `demo.site.export`."""

import argparse
from pathlib import Path

from demo.site.export import build

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m demo.site", description="Write the toy as a static page.")
    parser.add_argument("folder", type=Path, help="where to write it; made where it is missing")
    files = build(parser.parse_args().folder)
    print(f"{len(files)} files, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB: open {files[0]}")
