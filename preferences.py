# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python runs the models, and on what."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from .expclip_core import runtime
from .expclip_core.client import Launch
from .expclip_core.errors import InputError

ROOT = Path(__file__).resolve().parent  # a checkout may be linked into the extensions' folder
RUNTIME_SIZE = "1.5 to 6 GB, after the GPU"
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

    install_python: StringProperty(
        name="Install With",
        description="The Python that the runtime is made with, 3.11 or newer. Empty takes Blender's own",
        subtype="FILE_PATH",
    )
    package_index: StringProperty(
        name="Package Index",
        description="Where torch comes from, as pip's --index-url: pytorch.org names one for each kind of GPU and one "
        "for the CPU alone. Empty takes pip's own",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_runtime(layout)
        layout.separator()
        layout.prop(self, "python", placeholder=_placeholder())
        layout.prop(self, "device")
        row = layout.row()
        row.operator("expclip.test_worker", icon="CHECKMARK")
        row.operator("expclip.open_log", icon="TEXT")
        progress = context.window_manager.expclip
        if progress.running:
            row = layout.row(align=True)
            row.progress(factor=progress.fraction, text=f"{progress.stage}   {progress.fraction:.0%}")
            row.operator("expclip.cancel", text="", icon="X")
        elif progress.message:
            layout.label(text=progress.message, icon="ERROR" if progress.failed else "INFO")

    def _draw_runtime(self, layout: bpy.types.UILayout) -> None:
        header, body = layout.panel("expclip_runtime", default_closed=runtime.installed(runtime_folder()))
        header.label(text=runtime_state())
        if body is None:
            return
        body.label(text=str(runtime_folder()), icon="FILE_FOLDER")
        body.prop(self, "install_python", placeholder=sys.executable)
        body.prop(self, "package_index")
        row = body.row()
        row.operator("expclip.install_runtime", icon="IMPORT")
        row.operator("expclip.remove_runtime", icon="TRASH")


def runtime_state() -> str:
    folder = runtime_folder()
    if runtime.installed(folder):
        return f"Runtime: installed, {runtime.size(folder) / 1e9:.1f} GB"
    return f"Runtime: not installed, {RUNTIME_SIZE}"


def _placeholder() -> str:
    try:
        return str(worker_python())
    except InputError:
        return "No Python with the models' packages"


def preferences() -> EXPCLIP_AP_preferences:
    return bpy.context.preferences.addons[__package__].preferences


def user_folder(name: str = "") -> Path:
    """A folder of the extension's own, which survives its updates."""
    return Path(bpy.utils.extension_path_user(__package__, path=name, create=True))


def log_file() -> Path:
    return user_folder("logs") / "worker.log"


def runtime_folder() -> Path:
    return user_folder() / "runtime"


def worker_python() -> Path:
    """The Python for the worker. Raises InputError when there is none."""
    chosen = preferences().python or os.environ.get("EXPCLIP_PYTHON", "")
    if chosen:
        return _interpreter(Path(bpy.path.abspath(chosen)))
    if runtime.installed(runtime_folder()):
        return runtime.interpreter(runtime_folder())
    if (checkout := runtime.interpreter(ROOT / ".venv")).is_file():
        return checkout
    raise InputError("The models' runtime is not installed: install it or choose a Python in the preferences.")


def has_runtime() -> bool:
    """Is there a Python to start at all?"""
    try:
        worker_python()
    except InputError:
        return False
    return True


def launch() -> Launch:
    """How to start the worker as things are set now. Raises InputError."""
    return Launch(worker_python(), ROOT, log_file(), preferences().device)


def _interpreter(path: Path) -> Path:
    """The interpreter in an environment's folder; a path to a file stays."""
    return runtime.interpreter(path) if path.is_dir() else path


def register() -> None:
    bpy.utils.register_class(EXPCLIP_AP_preferences)


def unregister() -> None:
    bpy.utils.unregister_class(EXPCLIP_AP_preferences)
