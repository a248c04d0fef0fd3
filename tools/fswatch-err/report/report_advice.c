// SPDX-License-Identifier: GPL-2.0-only
#include "report_advice.h"

size_t report_advise(const struct report *report,
		     struct report_advice advice[REPORT_ADVICE])
{
	size_t nr = 0;

	if (report->ranges) {
		advice[nr++] = (struct report_advice){
			"Before the next backup: see that a backup of a file that has lost bytes does not take the place of a good one. The names, for backup programs:",
			report->known ? "fswatch-err files --known" :
					"fswatch-err files",
		};
		advice[nr++] = (struct report_advice){
			"Write the lost bytes, and nothing else, back from a copy:",
			report->known ?
				"fswatch-err restore --known --from COPY" :
				"fswatch-err restore --from COPY",
		};
	}
	if (report->metadata)
		advice[nr++] = (struct report_advice){
			"Metadata is lost: unmount the filesystem and check it (xfs_repair, e2fsck, btrfs check) before more is written to it.",
			NULL,
		};
	if (report->unresolved)
		advice[nr++] = (struct report_advice){
			"Of some ranges it is not known whose they are; they may be of files. Why, and what can be done:",
			"fswatch-err status",
		};
	if (report->unowned)
		advice[nr++] = (struct report_advice){
			"Bad ranges that no file has are no loss; a device of which more and more is bad is to be replaced.",
			NULL,
		};
	if (report->known && (report->ranges || report->metadata ||
			      report->unresolved || report->unowned))
		advice[nr++] = (struct report_advice){
			"What is known to those whom it concerns and will not be restored:",
			"fswatch-err ack ID",
		};
	if (report->missing.nr)
		advice[nr++] =
			(struct report_advice){ "What could not be looked at:",
						"fswatch-err status" };
	if (!nr)
		advice[nr++] = (struct report_advice){ "Nothing.", NULL };
	return nr;
}
