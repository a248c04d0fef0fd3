// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where in an array of raid4, raid5 or raid6 are its bytes, and the parity of them?
 *
 * Nothing here sleeps, allocates or takes a lock.
 */
#include "md.h"
#include "md-bad-geo.h"
#include "dm-bad-math.h"
#include "raid5.h"

#include <linux/math64.h>
#include <linux/minmax.h>

/* the members of a row: those with parity, and the one with some data */
struct md_bad_roles {
	unsigned int	p;
	unsigned int	q;
	unsigned int	data;
};

/* RAID5, or the part of RAID6 that is laid out like it: see raid5_compute_sector() */
static void md_bad_roles5(int algorithm, unsigned int disks, u64 row,
			  unsigned int k, struct md_bad_roles *roles)
{
	u32 turn;

	div_u64_rem(row, disks, &turn);
	switch (algorithm) {
	case ALGORITHM_LEFT_ASYMMETRIC:
	case ALGORITHM_LEFT_SYMMETRIC:
		roles->p = disks - 1 - turn;
		break;
	case ALGORITHM_RIGHT_ASYMMETRIC:
	case ALGORITHM_RIGHT_SYMMETRIC:
		roles->p = turn;
		break;
	case ALGORITHM_PARITY_0:
		roles->p = 0;
		break;
	default:
		roles->p = disks - 1;
	}
	if (algorithm == ALGORITHM_LEFT_SYMMETRIC ||
	    algorithm == ALGORITHM_RIGHT_SYMMETRIC)
		roles->data = (roles->p + 1 + k) % disks;
	else
		roles->data = k + (k >= roles->p);
}

static void md_bad_roles6(const struct md_bad_geo *geo, u64 row, unsigned int k,
			  struct md_bad_roles *roles)
{
	unsigned int disks = geo->disks;
	u32 turn;

	div_u64_rem(geo->algorithm == ALGORITHM_ROTATING_N_RESTART ? row + 1 : row,
		    disks, &turn);
	switch (geo->algorithm) {
	case ALGORITHM_PARITY_0:
		*roles = (struct md_bad_roles) { 0, 1, k + 2 };
		return;
	case ALGORITHM_PARITY_N:
		*roles = (struct md_bad_roles) { disks - 2, disks - 1, k };
		return;
	case ALGORITHM_RIGHT_ASYMMETRIC:
	case ALGORITHM_RIGHT_SYMMETRIC:
	case ALGORITHM_ROTATING_ZERO_RESTART:
		roles->p = turn;
		break;
	default:
		roles->p = disks - 1 - turn;
	}
	switch (geo->algorithm) {
	case ALGORITHM_LEFT_SYMMETRIC:
	case ALGORITHM_RIGHT_SYMMETRIC:
		roles->q = (roles->p + 1) % disks;
		roles->data = (roles->p + 2 + k) % disks;
		break;
	case ALGORITHM_ROTATING_N_CONTINUE:
		roles->q = (roles->p + disks - 1) % disks;
		roles->data = (roles->p + 1 + k) % disks;
		break;
	default:
		roles->q = (roles->p + 1) % disks;
		if (!roles->q)
			roles->data = k + 1;	/* Q D D D P */
		else
			roles->data = k + (k >= roles->p ? 2 : 0);
	}
}

static struct md_bad_roles md_bad_roles(const struct md_bad_geo *geo, u64 row,
					unsigned int k)
{
	struct md_bad_roles roles = { };

	if (geo->level == 4) {
		roles.p = geo->disks - 1;
		roles.data = k;
	} else if (geo->level == 5) {
		md_bad_roles5(geo->algorithm, geo->disks, row, k, &roles);
	} else if (geo->algorithm >= ALGORITHM_LEFT_ASYMMETRIC_6) {
		/* as RAID5 of one member less, and Q is on the last one */
		md_bad_roles5(geo->algorithm - ALGORITHM_LEFT_ASYMMETRIC_6,
			      geo->disks - 1, row, k, &roles);
		roles.q = geo->disks - 1;
	} else {
		md_bad_roles6(geo, row, k, &roles);
	}
	return roles;
}

/**
 * md_bad_parity_row - find the places of some bytes of an array with parity
 * @geo: the array
 * @pos: first byte
 * @end: first byte behind them
 * @row: as for md_bad_geo_row()
 *
 * Context: Any.
 */
void md_bad_parity_row(const struct md_bad_geo *geo, u64 pos, u64 end,
		       struct md_bad_geo_row *row)
{
	unsigned int i, data = geo->disks - geo->tolerated;
	struct md_bad_roles roles;
	u64 chunk, nr, rem, at;
	u32 k;

	chunk = div64_u64_rem(pos, geo->chunk, &rem);
	nr = div_u64_rem(chunk, data, &k);
	row->pos -= rem - dm_bad_align(rem, geo->page);
	rem = dm_bad_align(rem, geo->page);
	at = nr * geo->chunk + rem;
	row->len = dm_bad_round_up(end - row->pos, geo->page, geo->chunk - rem);
	if (geo->synced > at)
		row->len = min(row->len, geo->synced - at);
	for (i = 0; i < geo->disks; i++)
		row->len = md_bad_cut(geo, i, at, row->len);

	roles = md_bad_roles(geo, nr, k);
	row->place[row->nr++] = md_bad_slot(geo, roles.data, at, row->len);
	row->place[row->nr++] = md_bad_slot(geo, roles.p, at, row->len);
	if (geo->tolerated == 2)
		row->place[row->nr++] = md_bad_slot(geo, roles.q, at, row->len);
	for (i = 0; i < geo->disks; i++)
		if (i != roles.data && i != roles.p &&
		    (geo->tolerated < 2 || i != roles.q))
			row->place[row->nr++] = md_bad_slot(geo, i, at, row->len);

	/* nobody has parity of his own: it is told with the first chunk of its row */
	row->copies = k ? 1 : 1 + geo->tolerated;
	row->tolerated = at >= geo->synced ? 0 : geo->tolerated;
	/* of a member that is missing it would be all of it: that is only degraded */
	row->unsure = geo->lazy && !row->place[0].missing;
	/* as long as no member is missing, what is good is read as it is */
	row->own_unit = geo->whole_blocks ? geo->page : 0;
	row->peer_unit = geo->page;
}
