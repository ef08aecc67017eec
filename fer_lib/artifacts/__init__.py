"""Floor 0: files that are either complete or absent, and the cards that explain them."""

from .atomic import atomic_path, save_array, save_json, save_table, save_text
from .cards import file_sha256, fingerprint, is_complete, provenance, read_card, require_card, write_card
from .locks import alone, in_turn, is_held
from .reading import read_array, read_table

__all__ = [
    "alone",
    "atomic_path",
    "file_sha256",
    "fingerprint",
    "in_turn",
    "is_complete",
    "is_held",
    "provenance",
    "read_array",
    "read_card",
    "read_table",
    "require_card",
    "save_array",
    "save_json",
    "save_table",
    "save_text",
    "write_card",
]
