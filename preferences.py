# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python runs the models, and on what."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from .expclip_core import runtime
from .expclip_core.client import Launch
from .expclip_core.contents import digest_of_weights
from .expclip_core.errors import InputError
from .translations import translated

ROOT = Path(__file__).resolve().parent  # a checkout may be linked into the extensions' folder
CHECKOUT_PYTHON = runtime.interpreter(ROOT / ".venv")
RUNTIME_SIZE = runtime.sizes_in_words(ROOT / "requirements")
_DEVICES = (
    ("auto", "Automatic", "The fastest that the machine has"),
    ("cpu", "CPU", "Runs everywhere"),
    ("cuda", "GPU (CUDA or ROCm)", "An NVIDIA card, or an AMD card with ROCm's torch"),
    ("mps", "GPU (Apple)", "An Apple silicon GPU"),
)
_ACCELERATORS = (
    (
        "auto",
        "Automatic",
        "What pip's own index has for this system; says so when the machine has more than it can use",
    ),
    ("cpu", "CPU", "Runs everywhere"),
    ("cuda", "CUDA", "NVIDIA GPUs. On Windows it needs a torch source"),
    ("rocm", "ROCm", "AMD GPUs. It needs a torch source"),
    ("mps", "MPS", "Apple silicon"),
)

_had_runtime = False  # when it was last looked for


class EXPCLIP_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    python: StringProperty(
        name="Python",
        description="The Python that runs the models: an interpreter or the folder of its environment. "
        "Empty takes the installed runtime",
        subtype="FILE_PATH",
    )
    device: EnumProperty(name="Device", description="Where the models run", items=_DEVICES, default="auto")

    guess_words: BoolProperty(
        name="Guess English Words",
        description="Without a transcript the lips follow English words that fit the sound, too. When a clip is first "
        "heard, that takes up to a third of its length. Switch it off for other languages",
        default=True,
    )
    idle_time: FloatProperty(
        name="Free Memory After",
        description="Time without work after which the models' process ends and its memory, on the GPU too, is free. "
        "The next take starts it again. 0 keeps it",
        default=600.0,
        min=0.0,
        soft_max=7200.0,
        step=6000,
        precision=0,
        subtype="TIME_ABSOLUTE",
        unit="TIME_ABSOLUTE",
    )
    weights: StringProperty(
        name="Weights",
        description="A folder with other speech, expclip and generator weights, such as your own training's. "
        "Empty takes those that came with the add-on",
        subtype="DIR_PATH",
    )
    text_encoder: StringProperty(
        name="Text Encoder",
        description="A folder with the sentence encoder (config.json, tokenizer.json, model.safetensors). "
        "Empty takes the runtime's",
        subtype="DIR_PATH",
    )
    install_python: StringProperty(
        name="Install With",
        description="The Python that the runtime is made with, from 3.11 to 3.14. Empty takes Blender's own",
        subtype="FILE_PATH",
    )
    accelerator: EnumProperty(
        name="Torch For", description="What torch shall compute on", items=_ACCELERATORS, default="auto"
    )
    torch_source: StringProperty(
        name="Torch Source",
        description="Where torch comes from: the address that pytorch.org shows after --index-url for your system and GPU, "
        "or a folder of wheels, which then all packages come from, without the network. Empty takes pip's own index",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self._draw_runtime(context, layout)
        row = layout.row(align=True)
        row.prop(self, "python", placeholder=_placeholder())
        row.operator("expclip.use_python", text="", icon="VIEWZOOM")
        layout.prop(self, "device")
        layout.prop(self, "guess_words")
        layout.prop(self, "idle_time")
        self._draw_folders(layout)
        row = layout.row()
        row.operator("expclip.test_worker", icon="CHECKMARK")
        row.operator("expclip.free_memory", icon="MEMORY")
        row.operator("expclip.open_log", icon="TEXT")
        _draw_progress(context, layout)

    def _draw_runtime(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        folder = runtime_folder()
        header, body = layout.panel("expclip_runtime", default_closed=runtime.installed(folder))
        header.label(text=translated(runtime_state()))
        if body is None:
            return
        body.label(text=readable(folder), icon="FILE_FOLDER", translate=False)
        body.prop(self, "install_python", placeholder=sys.executable)
        body.prop(self, "accelerator")
        source = body.row(align=True)
        source.prop(self, "torch_source", placeholder="Pip's own index")
        source.operator("wm.url_open", text="", icon="URL").url = "https://pytorch.org/get-started/locally/"
        if not bpy.app.online_access:
            body.prop(context.preferences.system, "use_online_access")
        row = body.row()
        row.operator("expclip.install_runtime", text=install_label(), icon="IMPORT")
        row.operator("expclip.remove_runtime", icon="TRASH")

    def _draw_folders(self, layout: bpy.types.UILayout) -> None:
        header, body = layout.panel("expclip_folders", default_closed=True)
        header.label(text="Other Models")
        if body:
            body.prop(self, "weights", placeholder=str(ROOT / "weights"))
            body.prop(self, "text_encoder", placeholder="The runtime's")


def _draw_progress(context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
    from .panels.progress import draw_progress  # the panels read the preferences
    from .panels.words import wrapped

    progress = context.window_manager.expclip
    if progress.running:
        draw_progress(context, layout, progress, height=1.0)
    elif progress.message:
        icon = "ERROR" if progress.failed else "INFO"
        wrapped(context, layout, progress.message, icon, alert=progress.failed)


def runtime_state() -> str:
    """The runtime in a few words."""
    folder = runtime_folder()
    if runtime.stale(folder):
        return "Runtime: its Python is gone, as when Blender was moved"
    if runtime.installed(folder):
        return f"Runtime: installed, {runtime.size(folder) / 1e9:.1f} GB"
    return f"Runtime: not installed, {RUNTIME_SIZE}"


def install_label() -> str:
    """What the button to install says it does now."""
    return "Repair Runtime" if runtime.stale(runtime_folder()) else "Install Runtime"


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


def readable(path: Path) -> str:
    """A path as it is shown: the home folder is ~ where a terminal knows it by that."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if sys.platform != "win32" and path.is_relative_to(home) else str(path)


def log_file() -> Path:
    return user_folder("logs") / "worker.log"


def runtime_folder() -> Path:
    return user_folder() / "runtime"


def worker_python() -> Path:
    """The Python for the worker. Raises InputError when there is none."""
    chosen = preferences().python or os.environ.get("EXPCLIP_PYTHON", "")
    if chosen:
        return interpreter_at(chosen)
    if runtime.stale(runtime_folder()):
        raise InputError("The Python that the runtime was made with is gone: press Repair Runtime in the preferences.")
    if runtime.installed(runtime_folder()):
        return runtime.interpreter(runtime_folder())
    if CHECKOUT_PYTHON.is_file():
        return CHECKOUT_PYTHON
    raise InputError("The models' runtime is not installed: install it or choose a Python in the preferences.")


def has_runtime() -> bool:
    """Is there a Python to start at all? While something runs, as it was before: panels ask at every draw, and a disk that
    gigabytes are written to answers late.
    """
    global _had_runtime
    if not bpy.context.window_manager.expclip.running:
        try:
            _had_runtime = bool(worker_python())
        except InputError:
            _had_runtime = False
    return _had_runtime


def launch(python: Path | None = None) -> Launch:
    """How to start the worker as things are set now, or with another Python. Raises InputError."""
    settings = preferences()
    models = _folder(settings.weights), _folder(settings.text_encoder)
    return Launch(
        python or worker_python(), ROOT, log_file(), settings.device, *models, models=digest_of_weights(*models)
    )


def recipe() -> runtime.Recipe:
    """How to install the runtime as things are set now."""
    settings = preferences()
    python = Path(bpy.path.abspath(settings.install_python) or sys.executable)
    source = settings.torch_source.strip()
    return runtime.Recipe(runtime_folder(), python, ROOT / "requirements", source, settings.accelerator)


def interpreter_at(path: str) -> Path:
    """The interpreter in an environment's folder; a path to a file stays."""
    place = Path(bpy.path.abspath(path))
    return runtime.interpreter(place) if place.is_dir() else place


def _folder(path: str) -> Path | None:
    return Path(bpy.path.abspath(path)) if path else None


def register() -> None:
    bpy.utils.register_class(EXPCLIP_AP_preferences)


def unregister() -> None:
    bpy.utils.unregister_class(EXPCLIP_AP_preferences)
