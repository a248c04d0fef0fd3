/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frames that the guest's init and the runner (tests/vm/vmlib/channel.py)
 * exchange over the virtio port "fserror.job".
 *
 * A frame is one type byte, the payload's length in bytes as a little-endian
 * 32-bit number, and the payload.
 */
#ifndef FSERROR_VM_PROTO_H
#define FSERROR_VM_PROTO_H

#define VM_JOB_PORT "fserror.job"
#define VM_MONITOR_PORT "fserror.monitor"

#define VM_FRAME_HEADER 5
#define VM_FRAME_MAX 65536

/* guest to host */
#define VM_FRAME_READY 'R' /* init runs; no payload */
#define VM_FRAME_STDOUT 'O' /* bytes the job wrote to its stdout */
#define VM_FRAME_STDERR 'E' /* bytes the job wrote to its stderr */
#define VM_FRAME_REPORT 'K' /* text: the kernel has something to complain of */
#define VM_FRAME_EXIT 'X' /* text: the job's exit status; the last frame */

/* host to guest */
#define VM_FRAME_STDIN 'I' /* bytes for the job; empty: end of file */
#define VM_FRAME_WINSIZE 'W' /* text: "ROWS COLUMNS" */
#define VM_FRAME_TRACE 'T' /* log what every CPU and every blocked task does */

#endif /* FSERROR_VM_PROTO_H */
