# SPDX-License-Identifier: GPL-2.0-only
"""What storage lost: Linux's fserror family, by libfserror. Needs CAP_SYS_ADMIN.

    with fserror.Client() as client:
        complete = client.damage(lambda record: print(record.ino, record.offset))
        for record in client.events():   # None: something is lost, ask damage() again
            print(record)

Records have the attributes that libfserror(3) describes; what the kernel did not send
is None. kind, cause, meta and role are words, flags is a set of words.
"""
import ctypes as c
import os
import select

_lib = c.CDLL("libfserror.so.0")
_u32, _u64, _p = c.c_uint32, c.c_uint64, c.c_void_p

# the numbers of the attributes, in order from 1: bit N of present is the one with number N
_RANGE = "major minor offset length"
_RECORD = ("seq time boottime kind error cause flags major minor fstype uuid sb_id ino "
           "generation nlink handle_type handle offset length meta device origin layer "
           "instance fs_seq repeat count role root")
_END_COMPLETE = 2
RECORD, LOST, MISSED, RECOVERED = range(4)  # enum fserror_event_type
DAMAGE, IO = 1, 2  # groups


class Error(OSError):
    """The library's words, with the errno."""


class _Range(c.Structure):
    _fields_ = [("present", _u32), ("major", _u32), ("minor", _u32), ("offset", _u64),
                ("length", _u64)]


class _Record(c.Structure):
    _fields_ = ([("present", _u32)] +
                [(name, _u64) for name in ("seq", "time", "boottime")] +
                [(name, _u32) for name in ("kind", "error", "cause", "flags", "meta",
                                           "role", "major", "minor", "generation",
                                           "nlink")] +
                [(name, _u64) for name in ("ino", "root", "offset", "length", "instance",
                                           "fs_seq", "repeat", "count")] +
                [("device", _Range), ("origin", _Range), ("fstype", c.c_char * 64),
                 ("sb_id", c.c_char * 64), ("layer", c.c_char * 64),
                 ("uuid", c.c_ubyte * 16), ("handle_type", c.c_int32),
                 ("handle_len", _u32), ("handle", c.c_ubyte * 128)])


class _Header(c.Structure):
    _fields_ = [("present", _u32), ("boot_id", c.c_ubyte * 16), ("as_of", _u64)]


class _End(c.Structure):  # the beginning of it
    _fields_ = [("present", _u32), ("instance", _u64)]


class _Event(c.Structure):
    _fields_ = [("type", c.c_int), ("group", _u32), ("overrun", c.c_bool),
                ("first", _u64), ("last", _u64), ("record", _Record)]


_CALLBACK = c.CFUNCTYPE(c.c_int, _p, _p)


class _Visitor(c.Structure):
    _fields_ = [(name, _CALLBACK) for name in ("header", "begin", "record", "end")] + [
        ("progress", c.CFUNCTYPE(c.c_int, _p))]


for _name, _result, *_arguments in (
        ("client_open", c.c_int, c.POINTER(_p)), ("client_close", None, _p),
        ("client_error", c.c_char_p, _p), ("client_subscribe", c.c_int, _p, _p, _u32),
        ("client_fd", c.c_int, _p), ("client_pump", c.c_int, _p),
        ("client_next", c.c_int, _p, c.POINTER(c.POINTER(_Event))),
        ("record_in_dump", c.c_bool, c.POINTER(_Record)), ("client_recover", c.c_int, _p, _u32), ("event_free", None, _p),
        ("damage_each", c.c_int, _p, _p, c.c_int, c.POINTER(_Visitor), _p),
        *((word + "_name", c.c_char_p, _u32, c.c_char_p)
          for word in ("kind", "cause", "meta", "role", "flag"))):
    _function = getattr(_lib, "fserror_" + _name)
    _function.restype, _function.argtypes = _result, _arguments


def _word(what, number):
    return getattr(_lib, f"fserror_{what}_name")(number, c.create_string_buffer(24)).decode()


class Record:
    """A copy of a record."""

    def __init__(self, raw, names=_RECORD):
        for number, name in enumerate(names.split(), 1):
            value = getattr(raw, name) if raw.present >> number & 1 else None
            if isinstance(value, _Range):
                value = Record(value, _RANGE)
            elif isinstance(value, c.Array):  # bytes: uuid or handle
                value = bytes(value)[:raw.handle_len if name == "handle" else None]
            elif name in ("kind", "cause", "meta", "role") and value is not None:
                value = _word(name, value)
            elif name == "flags":
                value = {_word("flag", bit) for bit in range(32) if (value or 0) >> bit & 1}
            setattr(self, name, value)

    @property
    def dev(self):
        """The device number as os.stat() has it, but for btrfs."""
        return None if self.major is None else os.makedev(self.major, self.minor)

    def __repr__(self):
        return f"Record({', '.join(f'{k}={v!r}' for k, v in vars(self).items() if v)})"


class Client:
    """A connection to the kernel, for one thread."""

    def __init__(self):
        self._client, self._as_of = _p(), 0
        self._check(_lib.fserror_client_open(c.byref(self._client)))

    def _check(self, code):
        if code < 0:
            raise Error(-code, _lib.fserror_client_error(self._client).decode())
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """End the subscription."""
        _lib.fserror_client_close(self._client)
        self._client = _p()

    def damage(self, visit):
        """Call visit(record) for each; True: that is all, False: there may be more."""
        raised, frames = [], {"begun": 0, "complete": 0, "unknown": 0}

        def as_type(pointer, what):
            return c.cast(pointer, c.POINTER(what)).contents

        def guard(function):
            def call(_, pointer):
                try:
                    function(pointer)
                except BaseException as error:  # pylint: disable=broad-except
                    raised.append(error)  # C cannot pass it on
                    return -1
                return 0
            return _CALLBACK(call)

        def count(what, by=1):
            frames[what] += by

        def see(pointer):
            record = Record(as_type(pointer, _Record))
            count("unknown", "unknown" in record.flags)
            visit(record)

        def header(pointer):
            self._as_of = as_type(pointer, _Header).as_of

        def end(pointer):
            count("complete", as_type(pointer, _End).present >> _END_COMPLETE & 1)

        visitor = _Visitor(guard(header), guard(lambda _: count("begun")), guard(see),
                           guard(end))
        code = _lib.fserror_damage_each(self._client, None, 0, c.byref(visitor), None)
        if raised:
            raise raised[0]
        self._check(code)
        return frames["begun"] == frames["complete"] and not frames["unknown"]

    def subscribe(self, groups=(DAMAGE,)):
        """Join the events; before damage(), so that nothing is missed between them."""
        self._check(_lib.fserror_client_subscribe(self._client, None,
                                                  sum(1 << group for group in groups)))

    def events(self, timeout=None):
        """Each event as a record; None: events are lost for good, ask damage() again.

        What the last damage() had already is left out. Ends after timeout seconds in which
        nothing came.
        """
        event = c.POINTER(_Event)()
        while True:
            if self._check(_lib.fserror_client_next(self._client, c.byref(event))):
                kind, group, raw = (getattr(event.contents, name)
                                    for name in ("type", "group", "record"))
                known = raw.seq <= self._as_of and _lib.fserror_record_in_dump(raw)
                record = Record(raw) if kind == RECORD else None
                _lib.fserror_event_free(event)
                if kind == MISSED:
                    self._check(_lib.fserror_client_recover(self._client, group))
                elif kind == LOST or (kind == RECORD and not known):
                    yield record
            elif not select.select([_lib.fserror_client_fd(self._client)], [], [],
                                   timeout)[0]:
                return
            else:
                self._check(_lib.fserror_client_pump(self._client))
