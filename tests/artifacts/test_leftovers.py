"""What killed writers leave is found and deleted; what living ones work on is not."""

import os
import subprocess
import sys

from fer_lib.artifacts import atomic_path, save_text, write_card
from fer_lib.artifacts.leftovers import remove_abandoned, temporary_beside

WRITE = """
import sys, time
from fer_lib.artifacts import atomic_path
with atomic_path(sys.argv[1]) as temporary:
    temporary.write_text("half of the n")
    print(temporary, flush=True)
    time.sleep(60)
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_killed_writer_leaves_what_the_next_card_removes(tmp_path):
    target = tmp_path / "figures" / "accuracy.png"
    writer = subprocess.Popen([sys.executable, "-c", WRITE, target], stdout=subprocess.PIPE, text=True)
    left = writer.stdout.readline().strip()
    remove_abandoned(tmp_path)
    assert os.path.exists(left), "its writer lives"
    writer.kill()
    writer.wait()
    assert os.path.exists(left) and not target.exists()
    write_card(tmp_path, "stage", {})
    assert names(target.parent) == []


def test_nothing_else_is_taken_for_abandoned(tmp_path):
    kept = [".set-0a1b2c3d.lock", "set-0a1b2c3d.part.npy", ".part", ".hidden.npy", "card.json"]
    for name in kept:
        save_text(tmp_path / name, "")
    remove_abandoned(tmp_path)
    assert names(tmp_path) == sorted(kept)
    remove_abandoned(tmp_path / "not there")


def test_a_file_in_use_stays(tmp_path):
    with atomic_path(tmp_path / "a.txt") as temporary:
        temporary.write_text("")
        remove_abandoned(tmp_path)
        assert temporary.exists()
    assert names(tmp_path) == ["a.txt"]


def test_a_name_that_was_taken_away_before_it_was_held_is_followed_by_another(tmp_path, monkeypatch):
    """Between the making of a file and its lock somebody may tidy up."""
    seen = []

    def exists(path):
        seen.append(path)
        if len(seen) == 1:
            os.unlink(path)
        return len(seen) > 1

    monkeypatch.setattr("fer_lib.artifacts.leftovers.os.path.exists", exists)
    handle, temporary = temporary_beside(tmp_path / "a.npy")
    os.close(handle)
    assert len(seen) == 2 and names(tmp_path) == [temporary.name] and temporary.suffix == ".npy"
