# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said, when it is known: read, pronounced and laid over the sound, so that the lips need not guess."""

from .align import Alignment, SpokenWord, aligned, posteriors_of
from .written import read_transcript, transcript_beside

__all__ = ["Alignment", "SpokenWord", "aligned", "posteriors_of", "read_transcript", "transcript_beside"]
