"""Floor 2: one architecture per file; tensors in, logits out."""

from . import deep_emotion, deep_emotion_port, guided_stn, simple_cnn  # noqa: F401  (registers them)
from .registry import create_model, list_models, register_model

__all__ = ["create_model", "list_models", "register_model"]
