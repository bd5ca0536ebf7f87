# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user can mend, said in one sentence."""


class InputError(ValueError):
    """Input that cannot be used. The message says what is wrong and what to do, in one sentence."""


class Cancelled(Exception):
    """The user asked for the running work to stop."""
