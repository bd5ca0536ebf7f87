# SPDX-License-Identifier: GPL-3.0-or-later
"""How the threads wait that the models compute with."""

from __future__ import annotations

import os


def sleep_while_waiting() -> None:
    """Threads that wait for one another sleep: where they spin, and a render has the processors, a prompt takes seconds.

    Heard by OpenMP only before torch is imported. Who has set OMP_WAIT_POLICY keeps it.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
