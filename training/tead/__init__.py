# SPDX-License-Identifier: GPL-3.0-or-later
"""TEAD: prompts paired with emotion tags, Action Units, ARKit weights and affect, built from tables people can edit."""
