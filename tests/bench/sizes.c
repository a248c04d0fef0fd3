// SPDX-License-Identifier: GPL-2.0-only
/* How much memory things take, as sizes of symbols. Compiled like fs/fserror/super.c. */
#include "internal.h"
#include "nl_sock.h"

#define SIZE(name) char size_of_##name[sizeof(struct name)]

SIZE(fserror_sb);
SIZE(fserror_dev);
SIZE(fserror_told_node);
SIZE(fserror_record);
SIZE(fserror_nl_sock);
