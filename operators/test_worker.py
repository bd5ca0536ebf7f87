# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the chosen Python run the models?"""

from __future__ import annotations

import bpy

from .. import session
from ..expclip_core.client import Job
from ..preferences import ROOT
from .working import Working, nothing_runs

_CLIP = ROOT / "assets" / "test-clip.wav"


class EXPCLIP_OT_test_worker(Working, bpy.types.Operator):
    """Start the models' Python and let it animate a second of speech. Says what it runs on and how long it takes"""

    bl_idname = "expclip.test_worker"
    bl_label = "Test"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return nothing_runs(cls)

    def start(self, context: bpy.types.Context) -> Job:
        worker = session.worker()
        self._hello, self._loaded = worker.hello, worker.request("load")
        return worker.request("animate", clip=str(_CLIP), prompt="glad to be here")

    def finish(self, context: bpy.types.Context) -> str:
        result, hello, model = session.job.result(), self._hello.result(), self._loaded.result()["model"]
        seconds = sum(result["seconds"].values())
        spoken = f"{result['duration']:.0f} s of speech became {result['frames']} frames in {seconds:.2f} s"
        return f"Ready: {spoken} on {_device(hello, model)}. Python {hello['python']}, torch {hello['torch']}."


def _device(hello: dict, model: dict) -> str:
    """The name of the device that the models are on."""
    names = {each["device"].partition(":")[0]: each["name"] for each in reversed(hello["devices"])}
    return names.get(model["device"].partition(":")[0], model["device"])
