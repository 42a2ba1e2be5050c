"""The processes that compute for the views: what each serves, and how far it gives way to the server's own."""

from demo.work.crew import hired

SWEEPS = "demo.views.tasks"  # as many as there are cores: see `demo.work.crew.start`
NETWORKS = hired("demo.views.train_it.tasks", nice=15)  # the small ones: torch, in one thread
IMAGES = hired("demo.views.cifar.tasks", nice=1)  # the network of images: torch, in as many threads as there are cores
