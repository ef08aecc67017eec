"""Figures, one idea per file; every function returns a matplotlib Figure and shows nothing itself."""

from .affect import affect_heat_maps
from .attention import attention_sheet, mass_bars
from .backbones import accuracy_by_macs, speed_bars
from .classes import class_bars
from .confusion import confusion_matrices, fold_confusion_matrices
from .embedding import embedding_scatter
from .embedding_maps import embedding_maps
from .ensembles import greedy_curves, member_accuracy, member_pairs, reliability_diagrams
from .errors import correlation_heat_map, failure_bars, group_accuracy, hard_confusion_rates
from .explanations import example_maps, expression_maps, expression_pictures, frame_overlays
from .guidance import coverage_bars, landmark_error_histogram, landmark_overlay
from .layers import layer_maps, mask_heat_maps, place_densities
from .leaderboard import accuracy_by_cost
from .mistakes import mistake_sheet
from .motion import fold_accuracies, mask_error_bars, mask_examples, mask_sheet
from .near_duplicates import group_sheet, likeness_curves, pair_sheet
from .noise import noise_curves
from .paired import paired_intervals
from .ranks import critical_difference_diagram
from .samples import guidance_sheet, sample_sheet
from .shift_truth import shift_scatter
from .splits import confusion_panels, curve_panels, split_accuracy, split_gap_bars
from .training import accuracy_intervals, learning_curves, optimism_bars, theta_histograms
from .transfer import image_rows, transfer_accuracy, transfer_curves
from .variance import variance_bars

__all__ = [
    "accuracy_by_cost",
    "accuracy_by_macs",
    "accuracy_intervals",
    "affect_heat_maps",
    "attention_sheet",
    "class_bars",
    "confusion_matrices",
    "confusion_panels",
    "correlation_heat_map",
    "coverage_bars",
    "critical_difference_diagram",
    "curve_panels",
    "embedding_maps",
    "embedding_scatter",
    "example_maps",
    "expression_maps",
    "expression_pictures",
    "failure_bars",
    "fold_accuracies",
    "fold_confusion_matrices",
    "frame_overlays",
    "greedy_curves",
    "group_accuracy",
    "group_sheet",
    "guidance_sheet",
    "hard_confusion_rates",
    "image_rows",
    "landmark_error_histogram",
    "landmark_overlay",
    "layer_maps",
    "learning_curves",
    "likeness_curves",
    "mask_error_bars",
    "mask_examples",
    "mask_heat_maps",
    "mask_sheet",
    "mass_bars",
    "member_accuracy",
    "member_pairs",
    "mistake_sheet",
    "noise_curves",
    "optimism_bars",
    "pair_sheet",
    "paired_intervals",
    "place_densities",
    "reliability_diagrams",
    "sample_sheet",
    "shift_scatter",
    "speed_bars",
    "split_accuracy",
    "split_gap_bars",
    "theta_histograms",
    "transfer_accuracy",
    "transfer_curves",
    "variance_bars",
]
