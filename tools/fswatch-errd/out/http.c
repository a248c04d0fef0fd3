// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever asks over HTTP, bounded: METRICS_CLIENTS connections, HTTP_SECONDS without a
 * byte, HTTP_REQUEST_SECONDS for a request, so that one who sends a byte now and then
 * keeps nobody out, one request for a connection, HTTP_MEMORY for what one says. Only GET
 * and HEAD of one address are answered.
 *
 * LOCKING: clients_lock guards the clients. Their sockets are closed by the library
 * after http_notify() has forgotten them under it, so that none of another one is shut
 * down.
 */
#include "metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <syslog.h>
#include <unistd.h>

#define HTTP_SECONDS 10
#define HTTP_REQUEST_SECONDS 20
#define HTTP_MEMORY 16384
#define FILE_MS 15000
#define TEND_MS 1000
#define AGAIN_MS 5000 /* until the port is asked for again */

#define CONTENT_TYPE \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

static int fd_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info ? info->connect_fd : -1;
}

/* a client is there, or its request is: the time for the next one begins */
static void see_client(struct metrics *metrics, int fd)
{
	struct metrics_client *client, *empty = NULL;

	pthread_mutex_lock(&metrics->clients_lock);
	for (client = metrics->clients;
	     client < metrics->clients + METRICS_CLIENTS; client++) {
		if (client->since && client->fd == fd)
			break;
		if (!client->since)
			empty = client;
	}
	if (client == metrics->clients + METRICS_CLIENTS)
		client = empty;
	if (client) {
		client->fd = fd;
		client->since = counters_ms();
	}
	pthread_mutex_unlock(&metrics->clients_lock);
}

static void forget_client(struct metrics *metrics, int fd)
{
	size_t i;

	pthread_mutex_lock(&metrics->clients_lock);
	for (i = 0; i < METRICS_CLIENTS; i++) {
		if (metrics->clients[i].since && metrics->clients[i].fd == fd)
			metrics->clients[i].since = 0;
	}
	pthread_mutex_unlock(&metrics->clients_lock);
}

static void http_notify(void *arg, struct MHD_Connection *connection,
			void **context,
			enum MHD_ConnectionNotificationCode code)
{
	(void)context;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		see_client(arg, fd_of(connection));
	else
		forget_client(arg, fd_of(connection));
}

static void end_slow_clients(struct metrics *metrics)
{
	const uint64_t now = counters_ms();
	size_t i;

	pthread_mutex_lock(&metrics->clients_lock);
	for (i = 0; i < METRICS_CLIENTS; i++) {
		if (metrics->clients[i].since &&
		    now - metrics->clients[i].since >
			    HTTP_REQUEST_SECONDS * 1000)
			shutdown(metrics->clients[i].fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&metrics->clients_lock);
}

static enum MHD_Result reply(struct MHD_Connection *connection,
			     unsigned int status, char *text, size_t len,
			     enum MHD_ResponseMemoryMode mode, const char *type)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(len, text, mode);
	if (!response) {
		if (mode == MHD_RESPMEM_MUST_FREE)
			free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	/* who asks again and again has the connection no longer than others */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					"GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **context)
{
	static char not_found[] = "see /metrics\n", refused[] = "GET or HEAD\n";
	static int seen;
	struct metrics *metrics = arg;
	size_t len;
	char *text;

	(void)version;
	(void)upload;
	/* first the headers: without an answer to them no body is taken */
	if (!*context) {
		*context = &seen;
		see_client(metrics, fd_of(connection));
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD))
		return reply(connection, MHD_HTTP_METHOD_NOT_ALLOWED, refused,
			     sizeof(refused) - 1, MHD_RESPMEM_PERSISTENT,
			     "text/plain");
	if (strcmp(url, "/metrics"))
		return reply(connection, MHD_HTTP_NOT_FOUND, not_found,
			     sizeof(not_found) - 1, MHD_RESPMEM_PERSISTENT,
			     "text/plain");
	text = metrics_text(metrics->counters, METRICS_OPEN, &len);
	if (!text)
		return MHD_NO;
	return reply(connection, MHD_HTTP_OK, text, len, MHD_RESPMEM_MUST_FREE,
		     CONTENT_TYPE);
}

/* what clients do wrong is no news */
static void __attribute__((format(printf, 2, 0)))
keep_quiet(void *arg, const char *fmt, va_list ap)
{
	(void)arg;
	(void)fmt;
	(void)ap;
}

static int start_http(struct metrics *metrics)
{
	const struct conf *conf = metrics->conf;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(conf->port) };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(conf->port) };
	const bool is_6 = inet_pton(AF_INET6, conf->listen, &in6.sin6_addr) ==
			  1;
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
			     MHD_USE_ERROR_LOG;

	if (is_6)
		flags |= MHD_USE_IPv6;
	else if (inet_pton(AF_INET, conf->listen, &in.sin_addr) != 1)
		return -EINVAL;
	errno = 0;
	metrics->http = MHD_start_daemon(
		flags, conf->port, NULL, NULL, answer, metrics,
		MHD_OPTION_EXTERNAL_LOGGER, keep_quiet, NULL,
		MHD_OPTION_SOCK_ADDR,
		is_6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
		MHD_OPTION_NOTIFY_CONNECTION, http_notify, metrics,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)METRICS_CLIENTS,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)HTTP_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_MEMORY,
		MHD_OPTION_END);
	if (metrics->http)
		return 0;
	return errno ? -errno : -EIO;
}

/* anybody may have the port: that is no reason not to hear what is lost */
static void serve(struct metrics *metrics)
{
	const int err = start_http(metrics);

	if (err && err != metrics->said)
		syslog(LOG_ERR, "metrics on %s port %d: %s; trying again",
		       metrics->conf->listen, metrics->conf->port,
		       strerror(-err));
	else if (!err && metrics->said)
		syslog(LOG_NOTICE, "metrics on %s port %d: they are served",
		       metrics->conf->listen, metrics->conf->port);
	metrics->said = err;
	metrics->again = counters_ms() + AGAIN_MS;
}

/* the port, the file, if there is one, and the clients that are too slow */
static void *tend(void *arg)
{
	struct metrics *metrics = arg;
	struct pollfd stop = { .fd = metrics->stop, .events = POLLIN };
	uint64_t next = 0;
	int err, before = 0;

	do {
		end_slow_clients(metrics);
		if (metrics->conf->port && !metrics->http &&
		    counters_ms() >= metrics->again)
			serve(metrics);
		if (!*metrics->conf->textfile || counters_ms() < next)
			continue;
		next = counters_ms() + FILE_MS;
		err = metrics_write(metrics->counters, metrics->conf->textfile);
		if (err && err != before)
			syslog(LOG_ERR, "%s: %s", metrics->conf->textfile,
			       strerror(-err));
		before = err;
	} while (poll(&stop, 1, TEND_MS) == 0);
	return NULL;
}

int metrics_start(struct metrics *metrics, const struct conf *conf,
		  struct counters *counters)
{
	*metrics = (struct metrics){ .conf = conf,
				     .counters = counters,
				     .stop = -1 };
	pthread_mutex_init(&metrics->clients_lock, NULL);
	if (!conf->port && !*conf->textfile)
		return 0;
	metrics->stop = eventfd(0, EFD_CLOEXEC);
	if (metrics->stop < 0)
		return -errno;
	if (conf->port)
		serve(metrics);
	return -pthread_create(&metrics->thread, NULL, tend, metrics);
}

void metrics_stop(struct metrics *metrics)
{
	const uint64_t one = 1;

	if (metrics->stop < 0)
		return;
	/* first the thread: it may start the server */
	if (write(metrics->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(metrics->thread, NULL);
	if (metrics->http)
		MHD_stop_daemon(metrics->http);
	close(metrics->stop);
}
