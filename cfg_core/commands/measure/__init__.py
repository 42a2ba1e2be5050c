"""What is measured of the CIFAR-10 model over w: see `cfg_core.commands.evaluate`, the command."""
