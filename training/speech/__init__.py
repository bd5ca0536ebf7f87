# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the speech encoder on the corpus and measures it. `python -m training.speech --minutes 60`."""
