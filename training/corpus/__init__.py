# SPDX-License-Identifier: GPL-3.0-or-later
"""The speech corpus: real and synthesised clips with the time of every phone. `python -m training.corpus` makes it."""
