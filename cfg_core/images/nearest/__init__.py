"""The training images nearest to a picture, from a small file: see `index` and, for how it is made, `__main__`."""
