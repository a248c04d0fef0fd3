// SPDX-License-Identifier: GPL-2.0-only
/*
 * For fleet_link.sh: a loss is entered into a ledger, and told to the journal and to syslog
 * as the daemon does it.
 * usage: tell DIRECTORY INODE
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>

#include "logs.h"
#include "losses.h"

int main(int argc, char **argv)
{
	struct fserror_record rec;
	struct ledger *ledger;
	static struct conf conf;
	struct logs logs;
	char why[256];

	if (argc != 3 || conf_read(&conf, "/dev/null", why, sizeof(why)))
		return 2;
	free(conf.ledger);
	conf.ledger = argv[1];
	conf.syslog = true;
	openlog("fswatch-errd", LOG_PID, LOG_DAEMON);
	mkdir(argv[1], 0750);
	if (ledger_open(&ledger, argv[1], LEDGER_DAEMON) < 0 ||
	    logs_open(&logs, &conf) || logs_tell(&logs))
		return 1;
	rec = lost_bytes(strtoul(argv[2], NULL, 10), 0, 512);
	if (ledger_begin(ledger) || ledger_apply(ledger, test_boot, &rec) < 0 ||
	    ledger_commit(ledger) || logs_tell(&logs))
		return 1;
	logs_close(&logs);
	ledger_close(ledger);
	return 0;
}
