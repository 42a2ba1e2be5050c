"""CIFAR-10: the data, the shipped networks and how to sample them, the judge, their evaluation, gallery and card."""
