// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names into lists. What is expected here is what the programs were seen to
 * read; the scenarios of the VM run them.
 */
#include <stdlib.h>

#include "filelist.h"
#include "tap.h"
#include "text.h"

#define NEWLINE "[^\x01-\x09\x0b-\xf4\x8f\xbf\xbf]"

struct bytes {
	char *data;
	size_t len;
};

static int write_all(struct filelist *list, const char *const *names, size_t nr)
{
	size_t i;
	int err = 0;

	for (i = 0; i < nr; i++)
		err |= filelist_put(list, names[i]);
	return err | filelist_end(list);
}

/* a list in this format that is to leave the files out */
#define EXCLUDE 0x100 /* alone: FILELIST_PLAIN */

static struct bytes list(int format, const char *const *names, size_t nr)
{
	struct bytes out = { 0 };
	struct filelist list = { .out = open_memstream(&out.data, &out.len),
				 .format = format & ~EXCLUDE,
				 .exclude = format & EXCLUDE };

	if (!list.out || write_all(&list, names, nr) || fclose(list.out))
		abort();
	return out;
}

/* is the list of one name, without @tail that follows it, @want and @end? */
static void one(struct tap *tap, int format, const char *name, const char *want,
		char end, const char *tail)
{
	struct bytes got = list(format, &name, 1);
	size_t len = strlen(want), tail_len = strlen(tail);
	char *shown = text_escape(name);
	bool good;

	good = got.len == len + 1 + tail_len && !memcmp(got.data, want, len) &&
	       got.data[len] == end &&
	       !memcmp(got.data + len + 1, tail, tail_len);
	ok(tap, good, "format %#x: '%s'", (unsigned int)format, shown);
	if (!good)
		printf("# got %zu bytes: %.*s\n", got.len, (int)got.len,
		       got.data);
	free(shown);
	free(got.data);
}

static bool can_have(int format, const char *name)
{
	const struct filelist of = { .format = format & ~EXCLUDE,
				     .exclude = format & EXCLUDE };
	const char *why = NULL;
	bool can = filelist_can_have(&of, name, &why);

	return can && !why;
}

static bool recurses(int format)
{
	const struct filelist of = { .format = format & ~EXCLUDE,
				     .exclude = format & EXCLUDE };

	return filelist_recurses(&of);
}

static void test_exact(struct tap *tap)
{
	/* these forms change nothing but the first slash */
	static const char *const names[] = {
		"a/b",	" a ",	    "\ta\t", "a\nb", "\n",    "*?[a]",
		"\\n",	"$HOME",    "#x",    ";x",   "-x",    "--",
		"\"'`", "\xff\xfe", "a\xe9", "a\r",  "host:", "\xef\xbb\xbf",
	};
	char absolute[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(absolute, sizeof(absolute), "/%s", names[i]);
		one(tap, FILELIST_NULL, names[i], names[i], '\0', "");
		one(tap, FILELIST_NULL, absolute, absolute, '\0', "");
		one(tap, FILELIST_RSYNC, names[i], absolute, '\0', "");
		one(tap, FILELIST_RSYNC, absolute, absolute, '\0', "");
		one(tap, FILELIST_TAR, names[i], names[i], '\0', "");
		one(tap, FILELIST_TAR, absolute, names[i], '\0', "");
		ok(tap,
		   can_have(FILELIST_PLAIN, names[i]) ==
			   !strchr(names[i], '\n'),
		   "plain can have it, unless there is a newline in it");
		ok(tap, can_have(FILELIST_NULL, names[i]), "null can have it");
		if (can_have(FILELIST_PLAIN, names[i]))
			one(tap, FILELIST_PLAIN, names[i], names[i], '\n', "");
	}
}

static void test_restic(struct tap *tap)
{
	static const char *const cases[][2] = {
		{ "a/b", "/a/b" },
		{ "/a/b", "/a/b" },
		{ " a", "/ a" },
		{ "a ", "/a[ ]" },
		{ "a  ", "/a [ ]" },
		{ " ", "/[ ]" },
		{ "a /b", "/a /b" },
		{ "a\t", "/a[\t]" },
		{ "a\r", "/a[\r]" },
		{ "a\xc2\x85", "/a[\xc2\x85]" },
		{ "a\xc2\xa0", "/a[\xc2\xa0]" },
		{ "\xe3\x80\x80", "/[\xe3\x80\x80]" },
		{ "\xe3\x80\x80x", "/\xe3\x80\x80x" },
		{ "\xf0\x9f\x98\x80", "/[\xf0\x9f\x98\x80]" },
		{ "a\nb", "/a" NEWLINE "b" },
		{ "\n", "/" NEWLINE },
		{ "a\n\n", "/a" NEWLINE NEWLINE },
		{ "*?[]", "/\\*\\?\\[\\]" },
		{ "**", "/\\*\\*" },
		{ "\\", "/\\\\" },
		{ "\\n", "/\\\\n" },
		{ "$HOME", "/$$HOME" },
		{ "${x}$", "/$${x}$$" },
		{ "#x", "/#x" },
		{ "!x", "/!x" },
		{ "-x", "/-x" },
		{ "\"'`", "/\"'`" },
		{ "\xff", "/\xff" },
		{ "\xff*", "/\xff\\*" },
		{ "caf\xe9", "/caf\xe9" },
		/* a character that is cut off, and one that is whole */
		{ "\xe2\x82", "/\xe2\x82" },
		{ "\xe2\x82\xac", "/[\xe2\x82\xac]" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(tap, FILELIST_RESTIC, cases[i][0], cases[i][1], '\n', "");
}

static void test_borg(struct tap *tap)
{
	static const char *const cases[][2] = {
		{ "a/b", "+ pf:a/b" },
		{ "/a/b", "+ pf:a/b" },
		{ " a", "+ pf: a" },
		{ "a ", "+ pf:a /" },
		{ "a\xc2\xa0", "+ pf:a\xc2\xa0/" },
		{ "\xe3\x80\x80", "+ pf:\xe3\x80\x80/" },
		{ "caf\xc3\xa9 x", "+ pf:caf\xc3\xa9 x" },
		{ "*?[]\\$", "+ pf:*?[]\\$" },
		{ "#x", "+ pf:#x" },
		{ "-x", "+ pf:-x" },
		{ "sh:x", "+ pf:sh:x" },
		{ "a\nb", "+ re:\\Aa\\x0ab\\Z" },
		{ "a\n", "+ re:\\Aa\\x0a\\Z" },
		{ "a\r", "+ re:\\Aa\\x0d\\Z" },
		{ "\ta.b/c", "+ re:\\A\\x09a\\x2eb/c\\Z" },
		{ "\x7f", "+ re:\\A\\x7f\\Z" },
		{ "\x1f\xc3\xa9 ", "+ re:\\A\\x1f\xc3\xa9\\x20\\Z" },
		{ "\xff\xfe", "+ re:\\A\\udcff\\udcfe\\Z" },
		{ "caf\xe9", "+ re:\\Acaf\\udce9\\Z" },
		{ "\xed\xa0\x80", "+ re:\\A\\udced\\udca0\\udc80\\Z" },
		{ "(a|b)*\n", "+ re:\\A\\x28a\\x7cb\\x29\\x2a\\x0a\\Z" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(tap, FILELIST_BORG, cases[i][0], cases[i][1], '\n',
		    "- sh:**\n");
}

static void test_not_rsync(struct tap *tap)
{
	static const char *const cases[][2] = {
		{ "a/b", "/a/b" },     { "/a/b", "/a/b" },
		{ "- a", "/- a" },     { "#x", "/#x" },
		{ "a\n", "/a\n" },     { " ", "/ " },
		{ "\\n", "/\\n" },     { "a]", "/a]" },
		{ "*", "/\\*" },       { "a?b\\", "/a\\?b\\\\" },
		{ "[a]", "/\\[a\\]" }, { "\xff*", "/\xff\\*" },
	};
	char longest[4096];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(tap, FILELIST_RSYNC | EXCLUDE, cases[i][0], cases[i][1],
		    '\0', "");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ok(tap, can_have(FILELIST_RSYNC | EXCLUDE, longest),
	   "rsync leaves out the longest name");
	memset(longest, '*', sizeof(longest) - 1);
	ok(tap,
	   !can_have(FILELIST_RSYNC | EXCLUDE, longest) &&
		   can_have(FILELIST_RSYNC, longest) &&
		   can_have(FILELIST_TAR | EXCLUDE, longest),
	   "and cannot leave out one that is all wildcards");
}

static void test_not_tar(struct tap *tap)
{
	static const char *const newline = "[!\x01-\x09\x0b-\xff]";
	static const char *const cases[][2] = {
		{ "a/b", "a/b" },
		{ "/a/b", "a/b" },
		{ " a", " a" },
		{ "a ", "a[ ]" },
		{ "a \t", "a [\t]" },
		{ " ", "[ ]" },
		{ "a\r", "a[\r]" },
		{ "#x", "#x" },
		{ "-x", "-x" },
		{ "!x", "!x" },
		{ "*?[]", "\\*\\?\\[\\]" },
		{ "\\n", "\\\\n" },
		{ "caf\xe9", "caf\xe9" },
	};
	char want[64];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		one(tap, FILELIST_TAR | EXCLUDE, cases[i][0], cases[i][1], '\n',
		    "");
	snprintf(want, sizeof(want), "a%sb%s", newline, newline);
	one(tap, FILELIST_TAR | EXCLUDE, "a\nb\n", want, '\n', "");
}

static void test_not_others(struct tap *tap)
{
	one(tap, FILELIST_RESTIC | EXCLUDE, "/a*", "/a\\*", '\n', "");
	one(tap, FILELIST_BORG | EXCLUDE, "/a ", "- pf:a /", '\n', "");
	one(tap, FILELIST_BORG | EXCLUDE, "a\n", "- re:\\Aa\\x0a\\Z", '\n', "");
	one(tap, EXCLUDE, "/a", "/a", '\n', "");
	one(tap, FILELIST_NULL | EXCLUDE, "/a", "/a", '\0', "");
}

/*
 * restic and tar take a list of nothing for a list of everything; what leaves out
 * nothing is empty
 */
static void test_empty(struct tap *tap)
{
	static const struct {
		int format;
		const char *want;
		size_t len;
	} cases[] = {
		{ FILELIST_PLAIN, "", 0 },
		{ FILELIST_NULL, "", 0 },
		{ FILELIST_RSYNC, "", 0 },
		{ FILELIST_RESTIC, "/[^\x01-\xf4\x8f\xbf\xbf]\n", 11 },
		{ FILELIST_BORG, "- sh:**\n", 8 },
		{ FILELIST_TAR, "/", 2 },
		{ FILELIST_RSYNC | EXCLUDE, "", 0 },
		{ FILELIST_RESTIC | EXCLUDE, "", 0 },
		{ FILELIST_BORG | EXCLUDE, "", 0 },
		{ FILELIST_TAR | EXCLUDE, "", 0 },
	};
	struct bytes got;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		got = list(cases[i].format, NULL, 0);
		ok(tap,
		   got.len == cases[i].len &&
			   !memcmp(got.data, cases[i].want, got.len),
		   "format %#x: a list of nothing",
		   (unsigned int)cases[i].format);
		free(got.data);
	}
}

static void test_many(struct tap *tap)
{
	static const char *const names[] = { "a", "b\n", "c " };
	static const char restic[] = "/a\n/b" NEWLINE "\n/c[ ]\n";
	struct bytes got = list(FILELIST_TAR, names, 3);

	ok(tap, got.len == 8 && !memcmp(got.data, "a\0b\n\0c ", 8),
	   "several names for tar");
	free(got.data);
	got = list(FILELIST_BORG, names, 3);
	ok_string(tap, got.data,
		  "+ pf:a\n+ re:\\Ab\\x0a\\Z\n+ pf:c /\n- sh:**\n",
		  "several names for borg");
	free(got.data);
	got = list(FILELIST_RESTIC, names, 3);
	ok_string(tap, got.data, restic, "several names for restic");
	free(got.data);
}

/* restic reads lines of at most 64 KiB */
static void test_longest(struct tap *tap)
{
	char name[4096];
	const char *names[] = { name };
	struct bytes got;

	memset(name, '\n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	got = list(FILELIST_RESTIC, names, 1);
	ok(tap, got.len < 65536, "the longest line for restic: %zu bytes",
	   got.len);
	free(got.data);
}

static void test_words(struct tap *tap)
{
	static const char *const words[] = { "plain",  "null", "rsync",
					     "restic", "borg", "tar" };
	int i;

	for (i = 0; i < 6; i++)
		ok(tap, filelist_format_from_word(words[i]) == i, "word: %s",
		   words[i]);
	ok(tap, filelist_format_from_word("") == -1, "word: none");
	ok(tap, filelist_format_from_word("tarball") == -1, "word: tarball");
	ok(tap,
	   recurses(FILELIST_TAR) && recurses(FILELIST_BORG) &&
		   recurses(FILELIST_RESTIC) && !recurses(FILELIST_RSYNC) &&
		   !recurses(FILELIST_NULL) &&
		   recurses(FILELIST_RSYNC | EXCLUDE) &&
		   recurses(FILELIST_TAR | EXCLUDE),
	   "which formats take a directory for all that is below it");
}

static void test_terminal(struct tap *tap)
{
	static const char *const names[] = { "/a\x1b]0;owned\x07",
					     "/b\xc2\x9b"
					     "31m",
					     "/\xc3\xa9\n\x7f",
					     /* turned around, and no UTF-8 */
					     "/c\xe2\x80\xae"
					     "txt\x9b" };
	char *text;
	size_t len;
	struct filelist shown = { .out = open_memstream(&text, &len),
				  .format = FILELIST_PLAIN,
				  .shown = true };

	ok(tap,
	   shown.out && !write_all(&shown, names, 4) && shown.nr == 4 &&
		   !fclose(shown.out),
	   "terminal: written");
	ok_string(tap, text, "/a?]0;owned?\n/b?31m\n/\xc3\xa9\n?\n/c?txt?\n",
		  "terminal: a name is no command for it");
	free(text);
}

int main(void)
{
	struct tap tap = { 0 };

	test_exact(&tap);
	test_restic(&tap);
	test_borg(&tap);
	test_not_rsync(&tap);
	test_not_tar(&tap);
	test_not_others(&tap);
	test_empty(&tap);
	test_many(&tap);
	test_longest(&tap);
	test_words(&tap);
	test_terminal(&tap);
	return tap.failed != 0;
}
