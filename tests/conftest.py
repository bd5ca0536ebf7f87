# SPDX-License-Identifier: GPL-3.0-or-later
from hypothesis import settings

# Machines that run the tests beside other work are slow now and then; timing is measured in `make bench`.
settings.register_profile("expclip", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("expclip")
