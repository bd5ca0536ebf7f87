# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python runs the models, and on what."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from .expclip_core.client import Launch
from .expclip_core.errors import InputError

_ROOT = Path(__file__).resolve().parent  # a checkout may be linked into the extensions' folder
_DEVICES = (
    ("auto", "Automatic", "The fastest that the machine has"),
    ("cpu", "CPU", "Runs everywhere"),
    ("cuda", "GPU (CUDA or ROCm)", "An NVIDIA card, or an AMD card with ROCm's torch"),
    ("mps", "GPU (Apple)", "An Apple silicon GPU"),
)


class EXPCLIP_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    python: StringProperty(
        name="Python",
        description="The Python that runs the models: an interpreter or the folder of its environment. "
        "Empty takes the installed runtime",
        subtype="FILE_PATH",
    )
    device: EnumProperty(name="Device", description="Where the models run", items=_DEVICES, default="auto")

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "python")
        layout.prop(self, "device")
        row = layout.row()
        row.operator("expclip.test_worker", icon="CHECKMARK")
        row.operator("expclip.open_log", icon="TEXT")
        progress = context.window_manager.expclip
        if progress.message:
            layout.label(text=progress.message, icon="ERROR" if progress.failed else "INFO")


def preferences() -> EXPCLIP_AP_preferences:
    return bpy.context.preferences.addons[__package__].preferences


def user_folder(name: str = "") -> Path:
    """A folder of the extension's own, which survives its updates."""
    return Path(bpy.utils.extension_path_user(__package__, path=name, create=True))


def log_file() -> Path:
    return user_folder("logs") / "worker.log"


def worker_python() -> Path:
    """The Python for the worker. Raises InputError when there is none."""
    chosen = preferences().python or os.environ.get("EXPCLIP_PYTHON", "")
    if chosen:
        return _interpreter(Path(bpy.path.abspath(chosen)))
    for folder in (user_folder() / "runtime", _ROOT / ".venv"):
        if (found := _interpreter(folder)).is_file():
            return found
    raise InputError("The models' runtime is not installed: choose a Python that has it in the add-on's preferences.")


def launch() -> Launch:
    """How to start the worker as things are set now. Raises InputError."""
    return Launch(worker_python(), _ROOT, log_file(), preferences().device)


def _interpreter(path: Path) -> Path:
    """The interpreter in an environment's folder; a path to a file stays."""
    if not path.is_dir():
        return path
    return path / "Scripts" / "python.exe" if sys.platform == "win32" else path / "bin" / "python"


def register() -> None:
    bpy.utils.register_class(EXPCLIP_AP_preferences)


def unregister() -> None:
    bpy.utils.unregister_class(EXPCLIP_AP_preferences)
