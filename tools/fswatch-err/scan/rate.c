// SPDX-License-Identifier: GPL-2.0-only
#include "rate.h"

#define NS_PER_SEC UINT64_C(1000000000)

uint64_t rate_take(struct rate *rate, uint64_t bytes, uint64_t now)
{
	if (!rate->per_second)
		return 0;
	if (bytes < RATE_LEAST)
		bytes = RATE_LEAST;
	if (rate->next < now)
		rate->next = now;
	rate->next += bytes / rate->per_second * NS_PER_SEC +
		      bytes % rate->per_second * NS_PER_SEC / rate->per_second;
	return rate->next - now;
}
