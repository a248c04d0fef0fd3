// SPDX-License-Identifier: GPL-2.0-only
#include "copy.h"

void copy_close(struct copy *copy)
{
	if (copy)
		copy->close(copy);
}
