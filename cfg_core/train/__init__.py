"""Training by Algorithm 1: the objective, the loop and their processes (`python -m cfg_core.commands.train`)."""

from cfg_core.train.objective import algorithm1, classification
from cfg_core.train.trainer import TrainConfig, Trainer, loss_curve

__all__ = ["TrainConfig", "Trainer", "algorithm1", "classification", "loss_curve"]
