"""What is said of a failing cell."""

import io

import pytest
from papermill.exceptions import PapermillExecutionError

from fer_lib.cli.failures import Plain, plain, sentence, traceback

RED = "\x1b[0;31m"
TRACE = [
    f"{RED}OSError{RED}  Traceback (most recent call last)",
    f"Cell {RED}In[7], line 2{RED}\n",
    "Cell In[1], line 9",
]


def failure(name, value, source="x = 1\n  save(x)  ", trace=TRACE):
    return PapermillExecutionError(4, 7, source, name, value, trace)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ValueError", f"{RED}no such thing\nat all", "cell [7], line 2 (save(x)): ValueError: no such thing"),
        ("KeyError", "", "cell [7], line 2 (save(x)): KeyError: "),
        ("InputError", "cores = 0, expected at least 1", "cell [7]: cores = 0, expected at least 1"),
        (
            "OSError",
            "[Errno 28] No space left on device: 'a/b.npy'",
            "cell [7]: a/b.npy: no space left on device, expected more free space",
        ),
        (
            "OSError",
            "[Errno 28] No space left on device",
            "cell [7]: no space left on device, expected more free space",
        ),
        (
            "PermissionError",
            "[Errno 13] Permission denied: 'a' -> 'b'",
            "cell [7]: a: permission denied, expected a place that you may read and write",
        ),
        (
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'a'",
            "cell [7], line 2 (save(x)): FileNotFoundError: [Errno 2] No such file or directory: 'a'",
        ),
        ("ZmqError", "[Errno 13] x", "cell [7], line 2 (save(x)): ZmqError: [Errno 13] x"),
    ],
)
def test_a_sentence(name, value, said):
    assert sentence(failure(name, value)) == said


def test_a_line_that_is_not_there_is_left_out():
    assert sentence(failure("ValueError", "no", source="")) == "cell [7]: ValueError: no"
    assert sentence(failure("ValueError", "no", trace=[])) == "cell [7]: ValueError: no"


def test_a_bug_has_a_readable_traceback_and_what_speaks_for_itself_has_none():
    text = traceback(failure("ValueError", "no"))
    assert text.startswith("OSError  Traceback") and "\x1b" not in text
    assert traceback(failure("InputError", "no")) is None
    assert traceback(failure("OSError", "[Errno 28] No space left on device")) is None
    assert traceback(failure("ValueError", "no", trace=[])) is None


def test_plain_text_has_no_colours_links_or_moving_bars():
    link = "\x1b]8;;file:///a.py\x1b\\a.py\x1b]8;;\x1b\\"
    assert plain(f"\x1b[1;38;5;9mred\x1b[0m {link}\x1b[2K\x1b[?25h") == "red a.py"
    assert plain(" 10%|█\r 20%|██\r\ndone\r\n") == " 10%|█\n 20%|██\ndone\n"


@pytest.mark.parametrize("watched", [False, True])
def test_a_terminal_gets_everything_and_a_log_plain_text(watched):
    stream = io.StringIO()
    stream.isatty = lambda: watched
    Plain(stream).write("\x1b[31mred\r")
    assert stream.getvalue() == ("\x1b[31mred\r" if watched else "red\n")
