# SPDX-License-Identifier: GPL-3.0-or-later
"""Do `express` and `animate` agree? The mean pose in a clip's pauses against the pose of the same prompt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from expclip_core.animate import Animator
from expclip_core.score import TimedPrompt
from expclip_core.speech import Speech

PROMPTS = (
    "furious", "annoyed", "absolutely livid", "cold contempt", "sad", "heartbroken", "sad, but trying to smile", "smiling through tears",
    "overjoyed", "happy", "a gentle smile", "laughing", "proud", "smug", "terrified", "worried", "nervous", "shy", "surprised",
    "shocked", "in awe", "disgusted", "confused", "thinking", "suspicious", "skeptical", "bored", "sleepy", "exhausted", "drunk",
    "in pain", "evil grin", "embarrassed", "ashamed", "jealous", "hopeful", "tender", "mischievous", "desperate", "relieved",
)  # fmt: skip
_QUIET, _SETTLED = 0.05, 0.15  # loudness of a pause, and seconds of it at either end that still belong to speech


def pauses(speech: Speech) -> np.ndarray:
    """Frames, bool (frames,), in which nobody has spoken for a while or will soon."""
    silent = speech.loudness < _QUIET
    reach = round(_SETTLED * 50)
    return np.convolve(~silent, np.ones(2 * reach + 1), mode="same") < 0.5


def agreement(animator: Animator, speech: Speech, prompts: Sequence[str] = PROMPTS) -> dict[str, float]:
    """Pearson's r of the two poses, by prompt."""
    quiet = pauses(speech)
    poses = animator.express(prompts)
    performed = (
        animator.perform(speech, (TimedPrompt(0.0, prompt),), seed=0)[quiet].mean(axis=0) for prompt in prompts
    )
    return {
        prompt: float(np.corrcoef(pose, mean)[0, 1])
        for prompt, pose, mean in zip(prompts, poses, performed, strict=True)
    }
