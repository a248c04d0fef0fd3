// SPDX-License-Identifier: GPL-2.0-only
#include "conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libconfig.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum type {
	NUMBER,
	TRUTH,
	PATH, /* absolute, or "" */
	ADDRESS,
};

/* every setting that there is; numbers with their bounds */
static const struct setting {
	const char *name;
	enum type type;
	size_t at;
	int low, high, normal;
	const char *text;
} settings[] = {
#define AT(member) offsetof(struct conf, member)
	{ "ledger", PATH, AT(ledger), .text = "/var/lib/fswatch-errd" },
	{ "hooks", PATH, AT(hooks), .text = "/etc/fserror/hooks.d" },
	{ "hook-timeout", NUMBER, AT(hook_timeout), 1, 3600, 60, NULL },
	{ "hook-interval", NUMBER, AT(hook_interval), 1, 86400, 10, NULL },
	{ "hooks-at-once", NUMBER, AT(hooks_at_once), 1, 32, 4, NULL },
	{ "listen", ADDRESS, AT(listen), .text = "127.0.0.1" },
	{ "port", NUMBER, AT(port), 0, 65535, 9713, NULL },
	{ "textfile", PATH, AT(textfile), .text = "" },
	{ "journal", TRUTH, AT(journal), 0, 1, 1, NULL },
	{ "syslog", TRUTH, AT(syslog), 0, 1, 0, NULL },
	{ "selftest", NUMBER, AT(selftest), 0, 604800, 3600, NULL },
	{ "list", NUMBER, AT(list), 60, 604800, 3600, NULL },
#undef AT
};

#define NR_SETTINGS (sizeof(settings) / sizeof(*settings))

static char **text_at(struct conf *conf, const struct setting *setting)
{
	return (char **)((char *)conf + setting->at);
}

static bool is_text(const struct setting *setting)
{
	return setting->type == PATH || setting->type == ADDRESS;
}

static int set_text(struct conf *conf, const struct setting *setting,
		    const char *value)
{
	char **text = text_at(conf, setting);

	free(*text);
	*text = strdup(value);
	return *text ? 0 : -1;
}

static void set_number(struct conf *conf, const struct setting *setting,
		       int value)
{
	if (setting->type == TRUTH)
		*(bool *)((char *)conf + setting->at) = value;
	else
		*(int *)((char *)conf + setting->at) = value;
}

static int set_defaults(struct conf *conf)
{
	size_t i;

	memset(conf, 0, sizeof(*conf));
	for (i = 0; i < NR_SETTINGS; i++) {
		if (!is_text(&settings[i]))
			set_number(conf, &settings[i], settings[i].normal);
		else if (set_text(conf, &settings[i], settings[i].text))
			return -1;
	}
	return 0;
}

void conf_free(struct conf *conf)
{
	size_t i;

	for (i = 0; i < NR_SETTINGS; i++) {
		if (is_text(&settings[i])) {
			free(*text_at(conf, &settings[i]));
			*text_at(conf, &settings[i]) = NULL;
		}
	}
}

static bool is_address(const char *text)
{
	struct in6_addr address;

	return inet_pton(AF_INET, text, &address) == 1 ||
	       inet_pton(AF_INET6, text, &address) == 1;
}

/* NULL, or what is wrong with a value; "" if there is no memory */
static const char *take_text(struct conf *conf, const struct setting *setting,
			     const config_setting_t *value)
{
	const char *text = config_setting_get_string(value);

	if (!text)
		return "it is a text in quotation marks";
	if (setting->type == PATH && *text && *text != '/')
		return "the path begins with /";
	if (setting->type == PATH && !*text && *setting->text)
		return "it cannot be empty";
	if (setting->type == ADDRESS && !is_address(text))
		return "it is an IPv4 or IPv6 address";
	return set_text(conf, setting, text) ? "" : NULL;
}

static const char *take_number(struct conf *conf, const struct setting *setting,
			       const config_setting_t *value, char *why,
			       size_t size)
{
	int number;

	if (setting->type == TRUTH) {
		if (config_setting_type(value) != CONFIG_TYPE_BOOL)
			return "it is true or false";
		set_number(conf, setting, config_setting_get_bool(value));
		return NULL;
	}
	number = config_setting_get_int(value);
	if (config_setting_type(value) != CONFIG_TYPE_INT ||
	    ((number < setting->low || number > setting->high) &&
	     !(number == 0 && setting->low == 0))) {
		snprintf(why, size, "it is a number from %d to %d",
			 setting->low, setting->high);
		return why;
	}
	set_number(conf, setting, number);
	return NULL;
}

static const struct setting *find(const char *name)
{
	size_t i;

	for (i = 0; i < NR_SETTINGS; i++) {
		if (!strcmp(settings[i].name, name))
			return &settings[i];
	}
	return NULL;
}

static int take(struct conf *conf, const config_setting_t *value,
		const char *path, char *why, size_t size)
{
	const char *name = config_setting_name(value), *wrong;
	const struct setting *setting = find(name);
	char words[64];

	if (!setting)
		wrong = "there is no such setting";
	else if (is_text(setting))
		wrong = take_text(conf, setting, value);
	else
		wrong = take_number(conf, setting, value, words, sizeof(words));
	if (!wrong)
		return 0;
	snprintf(why, size, "%s:%u: %s: %s", path,
		 config_setting_source_line(value), name,
		 *wrong ? wrong : "no memory");
	return -1;
}

static int read_file(struct conf *conf, const char *path, char *why,
		     size_t size)
{
	const config_setting_t *root;
	config_t config;
	int i, err = 0;

	config_init(&config);
	if (!config_read_file(&config, path)) {
		if (config_error_type(&config) == CONFIG_ERR_FILE_IO)
			snprintf(why, size, "%s: cannot be read", path);
		else
			snprintf(why, size, "%s:%d: %s", path,
				 config_error_line(&config),
				 config_error_text(&config));
		err = -1;
	}
	root = config_root_setting(&config);
	for (i = 0; !err && i < config_setting_length(root); i++)
		err = take(conf, config_setting_get_elem(root, i), path, why,
			   size);
	config_destroy(&config);
	return err;
}

int conf_read(struct conf *conf, const char *path, char *why, size_t size)
{
	int err;

	if (set_defaults(conf)) {
		snprintf(why, size, "no memory");
		conf_free(conf);
		return -1;
	}
	if (!path && access(CONF_FILE, F_OK) && errno == ENOENT)
		return 0;
	err = read_file(conf, path ? path : CONF_FILE, why, size);
	if (err)
		conf_free(conf);
	return err;
}
