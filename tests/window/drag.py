# SPDX-License-Identifier: GPL-3.0-or-later
"""Drag files from one X window onto another and let go, as a file manager does: the source's side of XDND version 5.

python3 drag.py TITLE X Y FILE...        X and Y count from the top left of the screen; needs python3-xlib
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from Xlib import X, display
from Xlib.protocol import event

_PATIENCE = 20.0  # seconds for the target to answer

screen = display.Display()
atom = screen.intern_atom


def window_named(title: str, below=None):
    """The window that takes drops, by a part of its title."""
    below = below or screen.screen().root
    for each in below.query_tree().children:
        name = each.get_wm_name() or ""
        if title in str(name) and each.get_full_property(atom("XdndAware"), X.AnyPropertyType):
            return each
        if found := window_named(title, each):
            return found
    return None


def drag(title: str, x: int, y: int, files: list[Path]) -> None:
    target = window_named(title)
    if target is None:
        raise SystemExit(f"no window {title} takes drops")
    source = screen.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    source.set_selection_owner(atom("XdndSelection"), X.CurrentTime)
    uris = "".join(f"{file.as_uri()}\r\n" for file in files).encode()

    def tell(kind: str, *words: int) -> None:
        data = (32, [source.id, *words, *(0,) * (4 - len(words))])
        target.send_event(event.ClientMessage(window=target, client_type=atom(kind), data=data))
        screen.flush()

    def answer(*kinds: str) -> str:
        """Serve the files to whoever asks until the target says one of these."""
        started = time.monotonic()
        while time.monotonic() - started < _PATIENCE:
            if not screen.pending_events():
                time.sleep(0.02)
                continue
            got = screen.next_event()
            if got.type == X.SelectionRequest:
                got.requestor.change_property(got.property, got.target, 8, uris)
                got.requestor.send_event(
                    event.SelectionNotify(
                        time=got.time, requestor=got.requestor, selection=got.selection,
                        target=got.target, property=got.property,
                    )
                )  # fmt: skip
                screen.flush()
            elif got.type == X.ClientMessage:
                kind = screen.get_atom_name(got.client_type)
                if kind in kinds:
                    return kind
        raise SystemExit(f"the target did not answer with {' or '.join(kinds)}")

    tell("XdndEnter", 5 << 24, atom("text/uri-list"))
    for step in range(3):  # a hand does not jump
        tell("XdndPosition", 0, (x + step - 2 << 16) | y, X.CurrentTime, atom("XdndActionCopy"))
        print(answer("XdndStatus"))
    tell("XdndDrop", 0, X.CurrentTime)
    print(answer("XdndFinished"))


if __name__ == "__main__":
    name, left, top, *paths = sys.argv[1:]
    drag(name, int(left), int(top), [Path(path).resolve() for path in paths])
