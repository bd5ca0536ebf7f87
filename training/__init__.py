# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the weights and measures them. Not part of the extension."""
