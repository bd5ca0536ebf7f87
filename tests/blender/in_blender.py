# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs these tests inside a Blender of its own rather than the bpy wheel; started by tools/test_in_blender.py.

blender --background --python in_blender.py -- [PYTEST ARGUMENTS]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]

sys.path.insert(0, str(_ROOT))
os.chdir(_ROOT)
given = sys.argv[sys.argv.index("--") + 1 :]
code = pytest.main(["-p", "no:cacheprovider", f"--rootdir={_ROOT}", *given])
sys.stdout.flush()
os._exit(int(code))  # as in conftest.py
