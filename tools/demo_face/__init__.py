# SPDX-License-Identifier: GPL-3.0-or-later
"""Sculpts the demo face: the result ships as scene/demo_face.npz."""
