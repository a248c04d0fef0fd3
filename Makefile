# SPDX-License-Identifier: GPL-2.0-only
#
# Everything that can be done here; `make help` lists it. Each target does the
# set-up that it needs by itself: packages, kernel source, kernel, programs.
#
# KERNEL_SRC=DIR	use a copy of this Linux 7.3 tree, fetch none
# KERNEL=VARIANT	release (default) or debug, for `kernel`, `shell` and `vm`
# KERNEL_CONFIG=FILE	configuration of the kernel that deb-kernel builds; else that of the VM
# VM_TIMEOUT=SECONDS	bound for `vm` (600) and `demo` (300)
# QUICK=1, TABLE=WORD, ROUNDS=N	for `bench`: small sizes; one table; how often (5)
# PLAIN=1		for `bench`: compare with a kernel without the patches, which is built
# ROUNDS=N		for `power-cut`: how often (10)

BUILD		:= build
VERSION		:= 7.3
TREE		:= $(BUILD)/linux-$(VERSION)$(if $(KERNEL_SRC),-own)
STAMP		:= $(BUILD)/stamp
LOG		:= $(BUILD)/log
KERNEL		?= release
LEAK_CHECK	?= yes
DESTDIR		?=
prefix		?= /usr/local

bzImage		= $(TREE)/$(1)/arch/x86/boot/bzImage
CONFIGS		:= tests/vm/configs
PACKAGES	:= $(STAMP)/packages
PACKAGES_ALL	:= $(STAMP)/packages-all

ifeq ($(filter $(KERNEL),release debug),)
$(error KERNEL=$(KERNEL): it is release or debug)
endif

help:
	@echo 'make demo           from a machine check to a file name, in a VM'
	@echo 'make test           the tests; the last line counts them'
	@echo 'make test-all       those that take long, too'
	@echo 'make shell          a shell in the VM, pmem ready; exit ends it'
	@echo 'make vm JOB=SCRIPT  run a script in the VM as root; fails if it does'
	@echo
	@echo 'make lint           style, spelling and static checks'
	@echo 'make userspace      the tests of both programs, with sanitizers; no VM'
	@echo 'make kunit          KUnit and the kselftests, in the VM'
	@echo 'make scenarios      the VM scenarios; ONLY="WORD..." chooses by name'
	@echo 'make test-packages  the packages: built, installed, upgraded, purged'
	@echo 'make test-deb-kernel  those of the kernel, which are built for it'
	@echo 'make bench          the tables of what it costs, in build/log/bench, too'
	@echo '                    QUICK=1: do they work? TABLE=WORD: one; ROUNDS=N'
	@echo '                    PLAIN=1: beside a kernel without the patches'
	@echo 'make power-cut      the ledger after the VM was killed; ROUNDS=N: how often (10)'
	@echo 'make patches-check  the kernel builds after every patch'
	@echo '                    FROM=N TO=N: after these; NEAR=DIRS: only there'
	@echo 'make mail           the patches as letters, by topic, in build/mail'
	@echo
	@echo 'make packages       what is needed of Debian, with apt'
	@echo 'make packages-all   and what only test-all needs'
	@echo 'make source         the kernel tree: fetched, patched, our files in it'
	@echo 'make kernel         build it'
	@echo 'make tools          build fswatch-err and fswatch-errd'
	@echo 'make install        install both (DESTDIR=, prefix=)'
	@echo 'make deb            Debian packages of both, in build/deb'
	@echo 'make rpm            rpm packages of both, in build/rpm'
	@echo 'make deb-kernel     Debian packages of the kernel, in build/deb-kernel'
	@echo 'make clean          remove build/, except what was downloaded'
	@echo
	@echo 'KERNEL=release|debug  for kernel, shell and vm (release)'
	@echo 'KERNEL_CONFIG=FILE    a configuration for deb-kernel; else that of the VM'
	@echo 'KERNEL_SRC=DIR        a Linux $(VERSION) tree of your own; it is copied'
	@echo 'VM_TIMEOUT=SECONDS    bound for vm and demo'

# --- set-up ---------------------------------------------------------------

packages: $(PACKAGES)
packages-all: $(PACKAGES_ALL)

$(STAMP)/%: scripts/%.list scripts/install-packages
	@mkdir -p $(@D)
	@scripts/install-packages $(LOG)/$*.log $<
	@touch $@

$(TREE)/Makefile: | $(PACKAGES)
	@KERNEL_SRC="$(KERNEL_SRC)" scripts/fetch-kernel $(BUILD) $(TREE)

# Looks every time, and changes the file's time only when the tree has changed.
$(TREE)/.fserror/changed: FORCE | $(TREE)/Makefile
	@scripts/prepare-kernel . patches/$(VERSION) $(TREE)

source: $(TREE)/.fserror/changed

$(call bzImage,%): $(TREE)/.fserror/changed scripts/build-kernel \
		$(CONFIGS)/base.config $(CONFIGS)/%.config
	@echo "building the kernel ($*)"
	@scripts/build-kernel $(TREE) $* $(LOG) $(CONFIGS)/base.config $(CONFIGS)/$*.config
	@touch $@

kernel: $(call bzImage,$(KERNEL))

# Linux as it is, for the benchmark to compare with.
PLAIN_TREE	:= $(BUILD)/linux-$(VERSION)-plain$(if $(KERNEL_SRC),-own)
PLAIN_IMAGE	:= $(PLAIN_TREE)/plain/arch/x86/boot/bzImage

$(PLAIN_TREE)/Makefile: | $(PACKAGES)
	@KERNEL_SRC="$(KERNEL_SRC)" scripts/fetch-kernel $(BUILD) $(PLAIN_TREE)

$(PLAIN_IMAGE): scripts/build-kernel $(CONFIGS)/base.config $(CONFIGS)/release.config \
		$(CONFIGS)/plain.config | $(PLAIN_TREE)/Makefile
	@echo "building the kernel without the patches"
	@scripts/build-kernel $(PLAIN_TREE) plain $(LOG) $(CONFIGS)/base.config $(CONFIGS)/release.config \
		$(CONFIGS)/plain.config
	@touch $@

tools: $(PACKAGES)
	@mkdir -p $(LOG)
	@$(MAKE) --silent --no-print-directory -C tools/fswatch-err \
		BUILD=$(abspath $(BUILD)/tools/fswatch-err) all
	@$(MAKE) --silent --no-print-directory -C tools/fswatch-errd \
		BUILD=$(abspath $(BUILD)/tools/fswatch-errd) all

vm-parts: $(PACKAGES)
	@$(MAKE) --silent --no-print-directory -C tests/vm BUILD=$(abspath $(BUILD)/vm)

vm-helpers: $(TREE)/.fserror/changed
	@$(MAKE) --silent --no-print-directory -C tests/vm/helpers \
		KERNEL_SRC=$(abspath $(TREE)) BUILD=$(abspath $(BUILD)/vm)

bench-parts: vm-helpers
	@$(MAKE) --silent --no-print-directory -C tests/bench/guest BUILD=$(abspath $(BUILD)/vm)

selftests: $(TREE)/.fserror/changed
	@$(MAKE) --silent --no-print-directory -C tests/selftests \
		KSRC=$(abspath $(TREE)) OUT=$(abspath $(BUILD)/selftests)

$(BUILD)/xfsprogs/bin/mkfs.xfs: | $(PACKAGES)
	@scripts/fetch-testing $(BUILD) $(BUILD)/xfsprogs xfsprogs \
		mkfs.xfs xfs_db xfs_io xfs_repair xfs_growfs xfs_spaceman

# Debian 12's has no errors of CXL devices.
$(BUILD)/qemu/bin/qemu-system-x86_64: | $(PACKAGES)
	@scripts/fetch-testing $(BUILD) $(BUILD)/qemu qemu-system-x86 qemu-system-x86_64

vm-qemu: $(BUILD)/qemu/bin/qemu-system-x86_64

$(BUILD)/sparse/bin/sparse: | $(PACKAGES)
	@scripts/fetch-testing $(BUILD) $(BUILD)/sparse sparse sparse

$(BUILD)/restic/bin/restic: | $(PACKAGES)
	@scripts/fetch-restic $(BUILD) $(BUILD)/restic

$(BUILD)/roots/%.tar: | $(PACKAGES_ALL)
	@scripts/fetch-root $(BUILD) $@ $*

$(BUILD)/roots/first-hour.img: $(BUILD)/roots/bookworm.tar tests/packages/make-image \
		$(BUILD)/roots/trixie.tar $(shell find debian tools include/uapi -type f) | $(PACKAGES_ALL)
	@echo "making the image of the first hour"
	@scripts/build-deb $(BUILD)/roots/packages
	@tests/packages/make-image $(BUILD) $(BUILD)/roots/packages $@

# The examples in the documentation, and what scenarios load, as modules.
$(BUILD)/samples/%/bfs.ko: $(call bzImage,%) scripts/build-samples \
		$(wildcard samples/fserror/*/* tests/vm/modules/*)
	@scripts/build-samples $(TREE) $* $(@D)

$(BUILD)/vm/million.img: tests/vm/million-files | $(PACKAGES)
	@mkdir -p $(@D)
	@echo "making an image with a million files"
	@tests/vm/million-files $@

# --- in the VM ------------------------------------------------------------

RUN = tests/vm/run --build $(BUILD)

demo: $(call bzImage,release) tools vm-parts
	@$(RUN) --kernel $(call bzImage,release) --timeout $(or $(VM_TIMEOUT),300) tests/vm/demo.sh

shell: $(call bzImage,$(KERNEL)) tools vm-parts
	@$(RUN) --kernel $(call bzImage,$(KERNEL)) --tty --timeout $(or $(VM_TIMEOUT),0) \
		--ignore-reports tests/vm/shell.sh

ifeq ($(JOB),)
vm:
	@echo 'make vm needs JOB=script.sh: the script to run in the VM' >&2; exit 2
else
vm: $(if $(wildcard $(JOB)),,no-job) $(call bzImage,$(KERNEL)) tools vm-parts
	@$(RUN) --kernel $(call bzImage,$(KERNEL)) --timeout $(or $(VM_TIMEOUT),600) \
		$(if $(filter debug-yes,$(KERNEL)-$(LEAK_CHECK)),--leak-check) $(JOB)

no-job:
	@echo "make vm: there is no $(JOB)" >&2; exit 2
endif

# --- tests ----------------------------------------------------------------

RUN_ALL = tests/run-all --build $(BUILD) --kernel $(call bzImage,debug) --tree $(TREE)
TEST_PARTS = $(call bzImage,debug) tools vm-parts vm-helpers bench-parts selftests \
	$(BUILD)/xfsprogs/bin/mkfs.xfs $(BUILD)/sparse/bin/sparse \
	$(BUILD)/samples/debug/bfs.ko

ROOTS = $(if $(filter 0,$(shell id -u)),$(BUILD)/roots/bookworm.tar $(BUILD)/roots/trixie.tar \
	$(BUILD)/roots/first-hour.img)

test: $(TEST_PARTS)
	@$(RUN_ALL)

test-all: $(PACKAGES_ALL) $(TEST_PARTS) $(ROOTS) vm-qemu $(BUILD)/restic/bin/restic $(BUILD)/vm/million.img
	@$(RUN_ALL) --all

# of the packages, in roots of Debian that root makes
test-packages: $(PACKAGES) $(PACKAGES_ALL) tools $(ROOTS)
	@$(RUN_ALL) packages

test-deb-kernel: deb-kernel $(ROOTS)
	@$(RUN_ALL) packages-kernel

lint: $(TREE)/.fserror/changed $(BUILD)/sparse/bin/sparse
	@$(RUN_ALL) lint

userspace: $(PACKAGES)
	@$(RUN_ALL) userspace

kunit: $(TEST_PARTS)
	@$(RUN_ALL) kernel

scenarios: $(TEST_PARTS) $(if $(filter cxl%,$(ONLY)),vm-qemu) \
		$(if $(filter backup%,$(ONLY)),$(BUILD)/restic/bin/restic) \
		$(if $(filter unplug%,$(ONLY)),$(BUILD)/vm/million.img)
	@$(RUN_ALL) $(or $(ONLY),scenarios)

bench: $(call bzImage,release) tools vm-parts bench-parts $(BUILD)/xfsprogs/bin/mkfs.xfs \
		$(if $(PLAIN),$(PLAIN_IMAGE))
	@tests/bench/run --build $(BUILD) --kernel $(call bzImage,release) --tree $(TREE) \
		$(if $(PLAIN),--plain $(PLAIN_IMAGE)) $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS)) $(TABLE)

power-cut: $(call bzImage,release) tools vm-parts vm-helpers
	@tests/vm/power-cut --build $(BUILD) --kernel $(call bzImage,release) $(if $(ROUNDS),--rounds $(ROUNDS))

patches-check: $(call bzImage,debug)
	@NEAR="$(NEAR)" scripts/check-patches patches/$(VERSION) $(TREE) $(LOG) $(or $(FROM),1) $(TO)

mail: $(TREE)/.fserror/changed
	@scripts/make-mail . patches/$(VERSION) $(TREE) $(BUILD)/mail

install: tools
	@$(MAKE) --no-print-directory -C tools/fswatch-err \
		BUILD=$(abspath $(BUILD)/tools/fswatch-err) DESTDIR=$(DESTDIR) prefix=$(prefix) install
	@$(MAKE) --no-print-directory -C tools/fswatch-errd \
		BUILD=$(abspath $(BUILD)/tools/fswatch-errd) DESTDIR=$(DESTDIR) prefix=$(prefix) install

deb: $(PACKAGES) $(PACKAGES_ALL)
	@echo "building Debian packages in $(BUILD)/deb"
	@scripts/build-deb $(BUILD)/deb

rpm: $(PACKAGES) $(PACKAGES_ALL)
	@echo "building rpm packages in $(BUILD)/rpm"
	@scripts/build-rpm $(BUILD)/rpm

deb-kernel: $(PACKAGES_ALL) $(TREE)/.fserror/changed
	@echo "building Debian packages of the kernel in $(BUILD)/deb-kernel"
	@scripts/build-kernel $(TREE) package $(LOG) --packages $(BUILD)/deb-kernel \
		$(if $(KERNEL_CONFIG),--config $(KERNEL_CONFIG) $(CONFIGS)/package.config,\
			$(CONFIGS)/base.config $(CONFIGS)/release.config)

clean:
	rm -rf $(BUILD)/linux-* $(BUILD)/tools $(BUILD)/vm $(BUILD)/selftests $(BUILD)/log \
		$(BUILD)/deb $(BUILD)/rpm $(BUILD)/deb-kernel $(BUILD)/packages.* \
		$(BUILD)/stamp $(BUILD)/apt

FORCE:

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# the parts that have something to gain from parallel jobs start them themselves
.NOTPARALLEL:
# what was built on the way to something is kept
.SECONDARY:
.PHONY: FORCE help packages packages-all source kernel tools vm-parts vm-qemu vm-helpers bench-parts selftests demo shell vm no-job test test-all \
	test-packages test-deb-kernel \
	lint userspace kunit scenarios bench power-cut patches-check mail install deb rpm deb-kernel clean
