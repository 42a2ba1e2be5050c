"""What guidance takes away, class by class: see `__main__`."""
