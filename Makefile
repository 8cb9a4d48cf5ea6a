# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
#
# A thin front. Every target configures first where that was never done, or
# where QEMU or configure changed since; the first time it installs what is
# missing. With DEBIAN=trixie a check or the package is that of Debian 13.

BUILD = build
DESTDIR =
ours = . $(BUILD)/config.sh

all: configured
	@$(ours) && $$meson compile -C $(BUILD)

configured:
	@scripts/configured.sh $(BUILD) || { \
	    arguments=--install-deps; \
	    [ ! -e $(BUILD)/config.arguments ] || \
	        arguments=$$(cat $(BUILD)/config.arguments); \
	    eval "./configure --builddir=$(BUILD) $$arguments"; }

ifdef DEBIAN
check check-guest check-operate check-clients check-libvirt check-deb deb:
	@scripts/check-debian.sh $(DEBIAN) $@ $(TESTS)

check-tsan check-vfio:
	@echo "make: $@ is only there for the Debian that this machine has; run it" \
	    "without DEBIAN=$(DEBIAN), which may be in the environment" >&2; exit 1
else
check: all
	@$(ours) && scripts/check.py $(BUILD) "$$meson" $(TESTS)

check-guest: all
	@scripts/install-deps.sh --install guest
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=long \
	    --suite=guest --suite=guest-long $(TESTS)

check-operate: all
	@scripts/install-deps.sh --install operate
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=operate \
	    --suite=operate $(TESTS)

check-clients: all
	@scripts/install-deps.sh --install clients
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=clients \
	    --suite=clients --suite=clients-long $(TESTS)

# Unit tests alone: the thread sanitizer cannot be in the QEMU that is installed.
check-tsan: all
	@$(ours) && { scripts/configured.sh $(BUILD)/tsan || \
	    ./configure --builddir=$(BUILD)/tsan --no-deps \
	        --enable-sanitizers=thread >/dev/null; } && \
	    scripts/check.py $(BUILD)/tsan "$$meson" --suite=unit $(TESTS)

# Two machines at a time, which is what two processors and 16 GiB carry.
check-vfio: all
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=vfio \
	    --num-processes=2 --suite=vfio $(TESTS)

check-libvirt: all
	@scripts/install-deps.sh --install libvirt
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=libvirt \
	    --suite=libvirt $(TESTS)

check-deb: all deb
	@scripts/install-deps.sh --install chroot
	@$(ours) && scripts/check.py $(BUILD) "$$meson" --setup=deb \
	    --suite=deb $(TESTS)

# The packages, in build/deb, for the QEMU that is installed.
deb: configured
	@scripts/install-deps.sh --install deb
	@$(ours) && scripts/make-deb.sh $(BUILD) "$$meson"

endif

# Debian 13 whole; with the QEMU of its backports what shows that modules fit.
check-trixie:
	@status=0; \
	scripts/check-debian.sh trixie-backports check 'unit-*' stock-structs stock-abi \
	    qtest-pci qtest-features qtest-display qtest-reset || status=$$?; \
	scripts/check-debian.sh trixie check $(TESTS) && exit $$status

demo: all
	@tests/guest/demo.sh $(BUILD)

demo-web: all
	@scripts/install-deps.sh --install web
	@tests/clients/demo_web.py $(BUILD)

bench: configured
	@scripts/install-deps.sh --install bench
	@$(ours) && $$meson setup --reconfigure $(BUILD) >/dev/null && \
	    $$meson compile -C $(BUILD)
	@$(MAKE) --no-print-directory bench-without-metrics
	@bench/run $(BUILD) --plot $(BUILD)/bench.png

# The device that counts nothing, to measure what counting costs.
bench-without-metrics: all
	@$(ours) && $$meson compile -C $(BUILD) bench-without-metrics

install: all
	@$(ours) && scripts/install.sh $(BUILD) "$$meson" "$(DESTDIR)"

uninstall:
	@scripts/uninstall.sh $(BUILD) "$(DESTDIR)"

clean:
	@[ ! -e $(BUILD)/build.ninja ] || ninja -C $(BUILD) -t clean

distclean:
	rm -rf $(BUILD)

.PHONY: all configured check check-clients check-guest check-operate check-tsan \
        check-vfio check-libvirt check-deb check-trixie demo demo-web bench \
        bench-without-metrics deb install uninstall clean distclean
