"""How much lies on disk, and how to say it."""

from pathlib import Path


def bytes_in(folder: Path) -> int:
    """Bytes of all files in a folder and below; links are not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def size(count: int | None) -> str | None:
    """``"3.1 MB"``; None stays None."""
    if count is None:
        return None
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
