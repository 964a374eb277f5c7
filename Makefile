# git-migrate.  `make help` lists the targets; config.mak holds private knobs.
-include config.mak

VERSION ?= 0.1.0
prefix ?= /usr/local
bindir ?= $(prefix)/bin
datadir ?= $(prefix)/share
mandir ?= $(datadir)/man
bashdir ?= $(datadir)/bash-completion/completions
zshdir ?= $(datadir)/zsh/site-functions
fishdir ?= $(datadir)/fish/vendor_completions.d
INSTALL ?= install
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# BUILD names the variant: build, build-san, build-cov stand side by side.
BUILD ?= build
PACKAGES := libgit2 yaml-0.1 jansson libprotobuf-c nettle
NEEDED := $(shell cat contrib/packages/build 2>/dev/null)

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wpedantic -Wshadow -Wformat=2 -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual \
	-Wpointer-arith -Wundef -Wimplicit-fallthrough -Wconversion \
	-Wno-sign-conversion -Wno-missing-field-initializers
HARDEN := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
HARDEN += $(shell $(CC) -Werror -fstack-clash-protection -E -x c /dev/null \
	>/dev/null 2>&1 && echo -fstack-clash-protection)
LDHARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
ifdef SANITIZE
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) \
	-fno-sanitize-recover=all -DGM_ARENA_BLOCK=32
endif
ifdef COVERAGE
CFLAGS := -O0 -g --coverage
endif

CPPFLAGS_ALL = -Isrc -D_GNU_SOURCE -DGM_VERSION='"$(VERSION)"' \
	$(shell pkg-config --cflags $(PACKAGES)) $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) $(HARDEN) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PACKAGES)) -lpg_query -lunistring

ROOMS := base git sql policy migration check report cmd
SOURCES := $(sort $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c)))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/gen/embed.o
TEMPLATES := $(shell find templates -type f ! -name embed.awk | LC_ALL=C sort)
PAGES := $(sort $(wildcard src/cmd/*.1))
MANUALS := $(PAGES:src/cmd/%=$(BUILD)/man/%)
UNITS := $(sort $(wildcard tests/unit/*/*.c))
UNIT_TESTS := $(UNITS:%.c=$(BUILD)/%.t)

all: $(BUILD)/git-migrate $(MANUALS) ## build the program and its manual

$(BUILD)/git-migrate: $(BUILD)/src/main.o $(BUILD)/libgm.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LDHARDEN) -o $@ $^ $(LIBS)

$(BUILD)/libgm.a: $(OBJECTS)
	rm -f $@
	$(AR) rcs $@ $(OBJECTS)

$(BUILD)/%.o: %.c $(BUILD)/flags | deps
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(BUILD)/gen/embed.c: $(TEMPLATES) templates/embed.awk
	@mkdir -p $(@D)
	LC_ALL=C awk -f templates/embed.awk -v top=templates/ $(TEMPLATES) >$@.tmp
	mv $@.tmp $@

$(BUILD)/gen/embed.o: $(BUILD)/gen/embed.c $(BUILD)/flags
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Wno-overlength-strings -MMD -MP \
		-c -o $@ $<

# Objects rebuild when the compiler or a flag changes.
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@echo '$(CC) $(subst ','\'',$(CPPFLAGS_ALL) $(CFLAGS_ALL)) $(TEMPLATES)' >$@.tmp
	@cmp -s $@ $@.tmp && rm $@.tmp || mv $@.tmp $@

# The OPTIONS section of each page is what the program itself knows.
$(BUILD)/man/%.1: src/cmd/%.1 $(BUILD)/git-migrate
	@mkdir -p $(@D)
	$(BUILD)/git-migrate help --fill-manual $< >$@.tmp
	mv $@.tmp $@

$(BUILD)/tests/unit/%.t: tests/unit/%.c $(BUILD)/libgm.a
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -Itests -Itests/unit -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< $(BUILD)/libgm.a $(LIBS) -lcmocka

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d $(UNIT_TESTS:=.d)

deps: ## install what building needs, where it is missing (Debian packages)
	@contrib/packages/install build

deps-test: | deps
	@contrib/packages/install test

demo: all | deps-test ## tell the story on a demo repository
	@contrib/demo/run $(BUILD)

check: all $(UNIT_TESTS) | deps-test ## run all tests
	BUILD=$(BUILD) prove -j$(JOBS) $(if $(V),-v) --timer -r \
		--exec '' $(UNIT_TESTS) $(sort $(wildcard tests/e2e/*.t tests/lint/*.t))

unit: $(UNIT_TESTS) ## run the unit tests alone
	prove -j$(JOBS) --exec '' $(UNIT_TESTS)

lint: all | deps-test ## run the linters and analyzers
	@tests/lint/run

bench: all | deps-test ## run the benchmarks; they print ratios
	@for b in tests/bench/check.sh tests/bench/push.sh; do BUILD=$(BUILD) $$b || exit 1; done

coverage: | deps-test ## line coverage of src/ in build-cov/
	$(MAKE) BUILD=build-cov COVERAGE=1 check
	gcovr -r . --object-directory build-cov -f src/ --print-summary \
		--fail-under-line 90 -o build-cov/coverage.txt

sanitize: | deps-test ## the tests under ASan and UBSan in build-san/
	$(MAKE) BUILD=build-san SANITIZE=address,undefined check

install: all ## install below $(DESTDIR)$(prefix)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(datadir)/git-migrate/hooks $(DESTDIR)$(bashdir) \
		$(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	$(INSTALL) -m 755 $(BUILD)/git-migrate $(DESTDIR)$(bindir)/git-migrate
	$(INSTALL) -m 644 $(MANUALS) $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -m 755 $(wildcard hooks/*) $(DESTDIR)$(datadir)/git-migrate/hooks/
	$(BUILD)/git-migrate completion bash >$(DESTDIR)$(bashdir)/git-migrate
	$(BUILD)/git-migrate completion zsh >$(DESTDIR)$(zshdir)/_git-migrate
	$(BUILD)/git-migrate completion fish >$(DESTDIR)$(fishdir)/git-migrate.fish

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(bindir)/git-migrate \
		$(addprefix $(DESTDIR)$(mandir)/man1/,$(notdir $(PAGES))) \
		$(DESTDIR)$(bashdir)/git-migrate $(DESTDIR)$(zshdir)/_git-migrate \
		$(DESTDIR)$(fishdir)/git-migrate.fish
	rm -rf $(DESTDIR)$(datadir)/git-migrate

clean: ## remove all that was built
	rm -rf build build-san build-cov

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

force:
.PHONY: all deps deps-test demo check unit lint bench coverage sanitize \
	install uninstall clean help force
.DELETE_ON_ERROR:
