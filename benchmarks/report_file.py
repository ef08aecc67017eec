"""Results of a benchmark as ``<date>-<revision>-<name>.md``."""

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import torch

from fer_lib.artifacts import provenance, save_text
from fer_lib.training.device import device_name

FOLDER = Path("reports/benchmarks")


def parser(description: str) -> argparse.ArgumentParser:
    """With ``--out``; the script's docstring is its help."""
    arguments = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=Path, default=FOLDER, help=f"folder of the report (default {FOLDER})")
    return arguments


def write_report(name: str, title: str, parts: Sequence[str], device: torch.device, out: Path) -> Path:
    """Write and print Markdown: the title, what ran where, and `parts` as paragraphs."""
    facts = provenance()
    changed = " (with local changes)" if facts["dirty"] else ""
    where = (
        f"{device_name(device)}, {facts['machine']['cores']} cores ({facts['machine']['processor']}), "
        f"Python {facts['packages']['python']}, torch {torch.__version__}, "
        f"revision `{facts['revision'][:10]}`{changed}, {date.today()}."
    )
    text = "\n\n".join([f"# {title}", where, *parts]) + "\n"
    path = out / f"{date.today()}-{facts['revision'][:10]}-{name}.md"
    save_text(path, text)
    print(f"{text}\n{path}")
    return path
