"""Floor 2: one architecture per file; tensors in, logits out."""

from . import (  # noqa: F401  (registers them)
    backbones,
    bam,
    cbam,
    deep_emotion,
    deep_emotion_port,
    efficientnet_b2b,
    feature_layer,
    feratt_presets,
    fmpn,
    guided_stn,
    msinet,
    preact_resnet18,
    residual_masking,
    simple_cnn,
    vgg_compact,
)
from .registry import create_model, list_models, register_model

__all__ = ["create_model", "list_models", "register_model"]
