"""`python -m cfg_core.commands.download FOLDER`: get CIFAR-10's official archive, checked, and unpack it there."""

import sys

from cfg_core.images.cifar import download

if __name__ == "__main__":
    import sys

    try:
        print(download(sys.argv[1] if len(sys.argv) > 1 else "data"))
    except (ConnectionError, ValueError) as problem:
        sys.exit(str(problem))
