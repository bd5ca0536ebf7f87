# SPDX-License-Identifier: GPL-3.0-or-later
"""The only code that reads and writes Blender's data."""
