/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attribute sets as tables that say which attribute goes where in which
 * structure: what the parsers have in common.
 */
#ifndef LIBFSERROR_PARSE_SET_H
#define LIBFSERROR_PARSE_SET_H

#include <netlink/attr.h>

#include "parse.h"

/*
 * libnl has functions for these, in a shared object. A record has thirty attributes, and to
 * call five functions for each took longer than the kernel takes to make the record.
 */
static inline int attr_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

static inline int attr_len(const struct nlattr *attr)
{
	return attr->nla_len - NLA_HDRLEN;
}

static inline void *attr_data(struct nlattr *attr)
{
	return (char *)attr + NLA_HDRLEN;
}

/* as nla_ok() and nla_next() */
static inline bool attr_is_whole(const struct nlattr *attr, int rem)
{
	return rem >= (int)sizeof(*attr) && attr->nla_len >= sizeof(*attr) &&
	       attr->nla_len <= rem;
}

static inline struct nlattr *attr_next(struct nlattr *attr, int *rem)
{
	int step = NLA_ALIGN(attr->nla_len);

	*rem -= step;
	return (struct nlattr *)(void *)((char *)attr + step);
}

enum field_type {
	F_UNKNOWN, /* skipped */
	F_MULTI, /* nested, or more than one: left to the caller */
	F_FLAG, /* there or not there */
	F_U32,
	F_S32,
	F_UINT, /* 4 or 8 bytes, into 64 bits */
	F_NAME, /* string, into FSERROR_NAME_MAX bytes */
	F_UUID,
	F_HANDLE, /* into handle and handle_len of struct fserror_record */
	F_RANGE, /* nested, into struct fserror_range */
};

struct field {
	enum field_type type;
	size_t at; /* offset in the structure */
};

struct field_set {
	const char *name;
	const struct field *fields; /* by attribute number */
	int max; /* highest attribute number */
};

/*
 * All return 0, or -EBADMSG with @why filled. fserror_parse_set() or-s the bits
 * of what was there into @present.
 */
int fserror_parse_set(struct nlattr *head, int len, const struct field_set *set,
		      void *out, uint32_t *present, struct fserror_why *why);
int fserror_parse_missing(const char *set, const char *attr,
			  struct fserror_why *why);
int fserror_parse_record(struct nlattr *nest, struct fserror_record *rec,
			 struct fserror_why *why);
/* the attributes of a generic netlink message */
int fserror_parse_head(const struct nlmsghdr *nlh, struct nlattr **head,
		       int *len, struct fserror_why *why);

/*
 * The nests of one type among the attributes, as an array of structures of @size
 * bytes that begin with present, for free(), also if this fails. Also returns
 * -ENOMEM.
 */
int fserror_parse_list(struct nlattr *head, int len, int type,
		       const struct field_set *set, size_t size, void **list,
		       size_t *nr, struct fserror_why *why);

#endif /* LIBFSERROR_PARSE_SET_H */
