# Makefile - builds, checks and installs qami
#
#   make [SAN=1|thread]    build/qami and the modules it loads when needed
#   make deps              install the Debian packages that are missing
#   make check [T=PATH]    all tests, or those whose path begins with PATH
#   make check-clients     the same of real clients: Packer, Ansible, npm's SDK …
#   make torture [T=PATH]  kills and full disks at every step, for an hour
#   make bench             ratios against the tools qami stands on
#   make demo              import an image, launch it, show its console
#   make install           into $(DESTDIR)$(PREFIX)
#   make tidy              clang-tidy and the formatter's judgement; the
#                          latter is taken with tests/format -i
#   V=1                    show the compiler's command lines

PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
B := build
ifeq ($(SAN),thread)
B := build/thread
CFLAGS := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
else ifdef SAN
B := build/san
CFLAGS := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer
endif

packages_main := sqlite3 jansson libcrypto smartcols libdeflate zlib
packages_guest := libdeflate zlib
packages_domain := libvirt libvirt-qemu libxml-2.0 jansson
packages_inspect := libguestfs
packages_net := libseccomp
packages_header := libnbd libcurl libxml-2.0 libisal libmicrohttpd libzstd
# What installs the packages that are missing goes on in a make of its own, which
# asks about them; beside another goal 'deps' comes first.
.DEFAULT_GOAL := all
goals := $(or $(MAKECMDGOALS),all)
ifneq ($(filter-out deps check check-clients torture bench demo clean,$(goals)),)
$(B)/packages.mk: | $(filter deps,$(goals))
include $(B)/packages.mk
endif

warnings := -Wall -Wextra -Wshadow -Wvla -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wundef \
	-Wno-missing-field-initializers -Werror
say = $(if $(V),,@echo '  CC  $<';)
link = $(if $(V),,@echo '  LD  $@';)$(CC) $(CFLAGS) $(LDFLAGS)
compile = $(CC) -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -fPIC \
	-fvisibility=default -I. -I$(B) $(warnings) $(CFLAGS) -MMD -MP

# What lives in a module instead of the program (launcher/domain/load.c).
inspect_src := $(patsubst %,launcher/domain/%.c,clone confine exclude hostile \
	inspect scan finding)
domain_src := $(filter-out $(inspect_src) %/load.c %/spare.c %/proc.c \
	%/ended.c %/embed.c,$(wildcard launcher/domain/*.c))
net_src := $(wildcard launcher/net/process/*.c)
main_src := $(filter-out $(domain_src) $(inspect_src) $(net_src) \
	bundle/tool/main.c,\
	$(wildcard bundle/*.c bundle/*/*.c images/*.c images/*/*.c \
	launcher/*.c launcher/*/*.c launcher/*/*/*.c))
action_src := $(wildcard launcher/action/*.c)
verb_src := $(wildcard launcher/cli/verb/*.c)
tools := $(patsubst launcher/cli/verb/%.c,%,\
	$(wildcard launcher/cli/verb/ec2-*.c))
guest_src := $(wildcard bundle/*.c bundle/tool/*.c images/base/*.c)
net_base := launcher/net/wire.c $(patsubst %,images/base/%.c,buf clock error file)
modules := $(B)/qami-domain.so $(if $(libs_inspect),$(B)/qami-inspect.so)

objects = $(1:%.c=$(B)/%.o)
main_obj := $(call objects,$(main_src))
test_lib := $(filter-out $(B)/launcher/main.o,$(main_obj))
unit_src := $(filter-out $(wildcard tests/*/fuzz-*.c tests/*/*/fuzz-*.c),\
	$(wildcard tests/*/*.c tests/*/*/*.c))
unit_bin := $(unit_src:%.c=$(B)/%)

all: $(B)/qami $(modules) $(B)/qami-net $(B)/ec2-bundle $(tools:%=$(B)/%)

# pkg-config is asked once a tree; a missing library is named in a sentence.
$(B)/packages.mk: Makefile
	@mkdir -p $(@D)
	@for p in $(packages_main) $(packages_domain) $(packages_header) \
		$(packages_net); do \
		pkg-config --exists $$p 2>/dev/null || { echo "qami needs the library $$p:" \
			"run 'make deps'" >&2; exit 1; }; done
	@echo '#include <slirp/libslirp.h>' | $(CC) -E - >/dev/null 2>&1 || { \
		echo "qami needs the library slirp: run 'make deps'" >&2; exit 1; }
	@{ echo "libs_main := $$(pkg-config --libs $(packages_main)) -ldl"; \
	echo "libs_guest := $$(pkg-config --libs $(packages_guest))"; \
	echo "libs_net := -lslirp $$(pkg-config --libs $(packages_net))"; \
	echo "libs_domain := $$(pkg-config --libs $(packages_domain))"; \
	echo "libs_inspect := $$(pkg-config --libs $(packages_inspect) \
		2>/dev/null)"; \
	echo "quick_ld := $$(command -v ld.gold >/dev/null && \
		echo -fuse-ld=gold)"; \
	echo "includes := $$(pkg-config --cflags $(packages_main) \
		$(packages_domain) $(packages_header))"; } >$@

$(B)/qami: $(main_obj)
	$(link) -rdynamic -pthread -o $@ $^ $(libs_main)

# The ec2-* tools are links to the program; those for the inside of a guest are
# a program without all that a guest has not.
$(tools:%=$(B)/%): $(B)/qami
	@ln -sf qami $@

$(B)/ec2-bundle: $(call objects,$(guest_src))
	$(link) -pthread -o $@ $^ -Wl,-Bstatic $(libs_guest) \
		-Wl,-Bdynamic -lcrypto -ldl

$(B)/qami-net: $(call objects,$(net_src) $(net_base))
	$(link) -o $@ $^ $(libs_net)

$(B)/qami-domain.so: $(call objects,$(domain_src))
	$(link) -shared -pthread -o $@ $^ $(libs_domain)

$(B)/qami-inspect.so: $(call objects,$(inspect_src))
	$(link) -shared -o $@ $^ $(libs_inspect)

$(B)/%.o: %.c $(B)/packages.mk Makefile
	@mkdir -p $(@D)
	$(say)$(compile) $(includes) -c -o $@ $<

# What a source includes by the assembler, -MMD does not see.
$(B)/images/registry/db.o: images/registry/schema.sql

# The directory is the table: ACTION(create_snapshot) for each file that holds
# a row. Rewritten only when the list changes.
rows = @mkdir -p $(@D); grep -l '^const struct action $(2)_' $(1) \
	| sed 's|.*/\(.*\)\.c$$|$(3)(\1)|; s/-/_/g' | LC_ALL=C sort >$@.new; \
	cmp -s $@ $@.new && rm $@.new || mv $@.new $@
$(B)/actions.inc: $(action_src) FORCE
	$(call rows,$(action_src),action,ACTION)
$(B)/verbs.inc: $(verb_src) FORCE
	$(call rows,$(verb_src) /dev/null,verb,VERB)
$(B)/launcher/action/table.o $(B)/launcher/cli/verbs.o: \
	$(B)/actions.inc $(B)/verbs.inc

# Unit tests link all that they may call from one place: a hundred programs
# with everything in them take a minute to write. Nor are they worth optimising;
# what they test is, in that library.
$(unit_src:%.c=$(B)/%.o): CFLAGS := $(CFLAGS:-O2=-O0)
$(B)/tests/libqami.so: $(test_lib) $(call objects,$(domain_src)) \
	$(B)/launcher/domain/finding.o
	@mkdir -p $(@D)
	$(link) -shared -Wl,-soname,$(@F) -pthread -o $@ $^ \
		$(libs_main) $(libs_domain)

$(unit_bin): $(B)/%: $(B)/%.o $(B)/tests/libqami.so
	$(link) $(quick_ld) -rdynamic -pthread -o $@ $^ -Wl,-rpath,$(abspath $(B)/tests) \
		$(libs_main) $(libs_domain)

# what tests/fuzz links
build/fuzz/%.o: %.c build/packages.mk
	@mkdir -p $(@D)
	clang -std=gnu11 -D_GNU_SOURCE -I. $(includes) -g -O1 -MMD -MP \
		-fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

deps:
	tests/deps

# without a word on it, on all cores
jobs = $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

# libguestfs boots the host's kernel, and a container has none
kernel = $(if $(wildcard /boot/vmlinuz-*),,tests/deps packages.kernel)

check: deps
	$(kernel)
	$(MAKE) $(jobs) all units
	tests/run $(if $(SAN),-b $(B)) $(T)

check-clients:
	tests/deps clients/packages
	$(MAKE) all $(B)/tests/get $(B)/tests/launcher/cli/jmespath
	tests/clients/npm
	tests/clients/jmespath-suite
	QAMI_TEST_TIMEOUT=1800 tests/run clients/$(T)

units: $(unit_bin) $(B)/tests/get

$(B)/tests/get: $(B)/tests/get.o
	$(link) -o $@ $^ $(libs_main)

torture: deps
	$(MAKE) $(jobs) all units
	for script in $(or $(T:%=tests/torture/%.sh),tests/torture/*.sh); do \
		$$script || exit; done

bench: deps
	$(MAKE) all $(B)/tests/get
	tests/bench/run

demo: deps
	$(MAKE) $(jobs) all
	examples/demo

tidy: $(B)/actions.inc $(B)/verbs.inc
	tests/deps packages.tidy
	tests/format
	printf '%s\n' $(main_src) $(domain_src) $(inspect_src) $(net_src) | \
		xargs -P "$$(nproc)" -n 8 sh -c 'clang-tidy --quiet "$$@" -- \
		-std=gnu11 -D_GNU_SOURCE -I. -I$(B) $(includes)' clang-tidy

man: $(B)/qami
	tests/man $(B)/qami $(B)/man

install: all man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/qami \
		$(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(B)/qami $(DESTDIR)$(PREFIX)/bin/qami
	for tool in $(tools); do \
		ln -sf qami $(DESTDIR)$(PREFIX)/bin/$$tool || exit; done
	install -m 755 $(B)/ec2-bundle $(B)/qami-net \
		$(DESTDIR)$(PREFIX)/lib/qami
	install -m 644 $(modules) $(DESTDIR)$(PREFIX)/lib/qami
	install -m 644 $(B)/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1
	for kind in system user; do \
		units=$(DESTDIR)$(PREFIX)/lib/systemd/$$kind; \
		install -d $$units || exit; \
		for unit in qami.service qami.socket; do \
			sed 's|@BIN@|$(PREFIX)/bin|' \
				launcher/http/systemd/$$kind/$$unit \
				>$$units/$$unit || exit; \
			chmod 644 $$units/$$unit; done; done

clean:
	rm -rf build

FORCE:
.PHONY: all deps check check-clients units torture bench demo tidy man install clean FORCE
.DELETE_ON_ERROR:
-include $(shell find $(B) build/fuzz -name '*.d' 2>/dev/null)
