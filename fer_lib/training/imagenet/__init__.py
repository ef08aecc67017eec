"""Training on ImageNet, or on any folder of photographs like it, for networks that other trainings start from."""

from .config import ImageNetConfig
from .training import train_imagenet

__all__ = ["ImageNetConfig", "train_imagenet"]
