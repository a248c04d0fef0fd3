// SPDX-License-Identifier: GPL-2.0-only
/* The configuration: what is right, and what is said of what is wrong. */
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "losses.h"
#include "tap.h"

static const struct {
	const char *text;
	const char *why; /* behind the name of the file; NULL: it is right */
} cases[] = {
	{ "", NULL },
	{ "# nothing\n", NULL },
	{ "ledger = \"/tmp/x\";\nport = 0;\njournal = false;\n", NULL },
	{ "listen = \"::1\";\nselftest = 0;\n", NULL },
	{ "port = 80\nledger = \"/x\"\n", NULL },
	{ "\n\nport = ;\n", ":3: syntax error" },
	{ "port = 70000;\n", ":1: port: it is a number from 0 to 65535" },
	{ "port = \"80\";\n", ":1: port: it is a number from 0 to 65535" },
	{ "port = 80.5;\n", ":1: port: it is a number from 0 to 65535" },
	{ "\nhook-timeout = 0;\n",
	  ":2: hook-timeout: it is a number from 1 to 3600" },
	{ "list = 5;\n", ":1: list: it is a number from 60 to 604800" },
	{ "ledger = \"x\";\n", ":1: ledger: the path begins with /" },
	{ "ledger = \"\";\n", ":1: ledger: it cannot be empty" },
	{ "textfile = 5;\n", ":1: textfile: it is a text in quotation marks" },
	{ "journal = 1;\n", ":1: journal: it is true or false" },
	{ "listen = \"localhost\";\n",
	  ":1: listen: it is an IPv4 or IPv6 address" },
	{ "port = 80;\nprot = 81;\n", ":2: prot: there is no such setting" },
	{ "a : { port = 5; };\n", ":1: a: there is no such setting" },
	{ "port = 1;\nport = 2;\n", ":2: duplicate setting name" },
	{ "port = -1;\n", ":1: port: it is a number from 0 to 65535" },
	{ "port = 99999999999;\n", ":1: port: it is a number from 0 to 65535" },
	{ "port = [ 80 ];\n", ":1: port: it is a number from 0 to 65535" },
	{ "\nledger = \"/x;\n", ":3: syntax error" },
	{ "ledger = ( \"/x\" );\n",
	  ":1: ledger: it is a text in quotation marks" },
	{ "port 80;\n", ":1: syntax error" },
	{ "\001\377\n", ":1: syntax error" },
	{ "journal = maybe;\n", ":1: syntax error" },
};

static void test_case(struct tap *tap, const char *path, size_t nr)
{
	struct conf conf;
	char why[512] = "";
	FILE *file = fopen(path, "w");
	int rc;

	if (!file || fputs(cases[nr].text, file) < 0 || fclose(file))
		abort();
	rc = conf_read(&conf, path, why, sizeof(why));
	if (!cases[nr].why)
		ok(tap, !rc, "conf %zu: it is right %s", nr, why);
	else
		ok(tap,
		   rc && !strncmp(why, path, strlen(path)) &&
			   !strcmp(why + strlen(path), cases[nr].why),
		   "conf %zu: %s", nr, why);
	if (!rc)
		conf_free(&conf);
}

int main(void)
{
	char *dir = scratch_directory(), path[4096], why[512];
	struct tap tap = { 0 };
	struct conf conf;
	size_t i;

	snprintf(path, sizeof(path), "%s/conf", dir);
	ok(&tap, conf_read(&conf, path, why, sizeof(why)) != 0,
	   "a file that is named has to be there: %s", why);
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		test_case(&tap, path, i);
	remove_directory(dir);
	return tap.failed > 0;
}
