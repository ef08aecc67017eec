"""Floor 4: prediction tables in, scores, intervals and comparisons out."""
