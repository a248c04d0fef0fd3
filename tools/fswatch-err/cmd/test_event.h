/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSW_TEST_EVENT_H
#define FSW_TEST_EVENT_H

#include <stdint.h>
#include <stdio.h>

/* say that the test event @seq has come back */
void test_json(FILE *out, uint64_t seq);

#endif /* FSW_TEST_EVENT_H */
