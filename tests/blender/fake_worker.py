# SPDX-License-Identifier: GPL-3.0-or-later
"""A real worker process with models that need no torch: what the pipe and Blender's side do is as in life.

The clip's name says how it goes: ``slow`` takes ten seconds, ``steady`` three, ``crash`` ends the process in mid-run,
``raise`` fails as a library would. Run with a Python that has numpy.
"""

from __future__ import annotations

import os
import sys
import time
import types
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from expclip_core import arkit, worker
from expclip_core.curves import MODEL_FPS, Curves
from expclip_core.errors import InputError
from expclip_core.excerpt import WHOLE, Excerpt
from expclip_core.mix import Layers, mixed
from expclip_core.score import Score

_STEPS = {"slow": 200, "steady": 60}  # of 0.05 seconds
DURATION = 2.0  # seconds of every clip


@dataclass(frozen=True)
class Likeness:
    prompt: str
    likeness: float


@dataclass(frozen=True)
class Result:
    curves: Curves
    layers: Layers
    duration: float
    seconds: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def layers_of(prompt: str, intensity: float, duration: float = DURATION) -> Layers:
    """Jaw as a sine, smile by the prompt, everything else a ramp of its own height; a blink and, at the end, a seal. The
    head turns 0.2 radians to the subject's right until one second and back.
    """
    times = np.arange(int(duration * MODEL_FPS) + 1) / MODEL_FPS
    heights = (np.arange(arkit.COUNT) + 1) / (2 * arkit.COUNT)
    speech = np.outer(times / duration, heights)
    speech[:, arkit.INDEX["jawOpen"]] = 0.5 - 0.5 * np.cos(2 * np.pi * times)
    styled = speech.copy()
    for side in ("Left", "Right"):
        speech[:, arkit.INDEX[f"mouthSmile{side}"]] = 0.0
        styled[:, arkit.INDEX[f"mouthSmile{side}"]] = min(0.8 * intensity, 1.0) if "smile" in prompt else 0.0
    turn = 0.2 * (0.5 - 0.5 * np.cos(np.pi * times))
    seal, blink = (np.maximum(1 - np.abs(times - moment) / 0.05, 0) for moment in (1.95, 1.0))
    still = np.zeros_like(times)
    tracks = {"blink": blink, "gaze_left": 0.1 * blink, "gaze_up": still}
    tracks |= {"head_yaw": turn, "head_pitch": still, "head_roll": still}
    columns = (
        seal.astype(np.float32),
        still.astype(np.float32),
        {name: track.astype(np.float32) for name, track in tracks.items()},
    )
    return Layers(speech.astype(np.float32), (styled - speech).astype(np.float32), *columns)


def weights(prompt: str, intensity: float, fps: float, duration: float = DURATION) -> np.ndarray:
    """The same, mixed: what the keys should be."""
    return Curves(mixed(layers_of(prompt, intensity, duration)), MODEL_FPS).resampled(fps).weights


def performed(score: Score, duration: float = DURATION) -> Layers:
    """Each prompt's layers from its time on; a pose is added to its expression by its share."""
    layers = layers_of("", 1.0, duration)
    times = np.arange(len(layers.speech)) / MODEL_FPS
    expression = layers.expression
    for timed in score:
        shown = layers_of(timed.prompt, timed.intensity, duration).expression
        shown = shown + np.array(timed.pose, np.float32) * timed.pose_weight if timed.pose else shown
        expression = np.where((times >= timed.time)[:, None], shown, expression)
    return replace(layers, expression=expression)


class FakeAnimator:
    def describe(self) -> dict:
        return {"channels": list(arkit.NAMES), "fps": 50.0, "device": "cpu"}

    def express(self, prompts, intensity=1.0, pose=(), pose_weight=0.5) -> np.ndarray:
        shown = np.stack([weights(prompt, intensity, 1.0)[0] for prompt in prompts])
        return shown * (1 - pose_weight) + np.array(pose) * pose_weight if pose else shown

    def described(self, pose, count=5) -> list[Likeness]:
        """The channels that are strongest in the pose."""
        strongest = sorted(zip(pose, arkit.NAMES, strict=True), reverse=True)[:count]
        return [Likeness(name, weight) for weight, name in strongest]

    def animate(
        self,
        clip: Path,
        *,
        prompts: Score,
        fps=50.0,
        seed=0,
        transcript=None,
        guess_words=True,
        excerpt: Excerpt = WHOLE,
        report,
    ) -> Result:
        if not clip.read_bytes().startswith(b"RIFF"):
            raise InputError(f"{clip.name} is not a sound file that can be read: pick a wav, flac, ogg or mp3 file.")
        if "crash" in clip.stem:
            report(0.5, "About to crash")
            print("fatal: the fake models crashed", file=sys.stderr)
            sys.stderr.flush()
            os._exit(3)
        if "raise" in clip.stem:
            raise RuntimeError("shape mismatch\nin layer 3")
        print("libraries print to stdout")
        steps = next((count for word, count in _STEPS.items() if word in clip.stem), 2)
        for step in range(steps):
            report(step / steps, "Listening")
            time.sleep(0.05)
        duration = ((excerpt.end or DURATION) - excerpt.start) / excerpt.speed
        layers = performed(prompts, duration)
        return Result(Curves(mixed(layers), MODEL_FPS).resampled(fps), layers, duration, {"speech": 0.1}, ())


def load(report) -> FakeAnimator:
    report(0.5, "Loading the models")
    return FakeAnimator()


def no_torch() -> None:
    nothing = types.SimpleNamespace(is_available=lambda: False)
    sys.modules["torch"] = types.SimpleNamespace(
        __version__="none", cuda=nothing, backends=types.SimpleNamespace(mps=nothing)
    )
    worker.REQUIRED_PACKAGES = ("numpy",)


if __name__ == "__main__":
    no_torch()
    worker.serve(load, *worker.private_streams())
    os._exit(0)
