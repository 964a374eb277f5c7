# git-migrate.  `make help` lists the targets; V=1 shows the commands.  What
# stands below is overridden in config.mak or on the command line.
VERSION = 0.1.0
# BUILD names the variant: build, build-san, build-cov stand side by side.
BUILD = build
prefix = /usr/local
bindir = $(prefix)/bin
datadir = $(prefix)/share
mandir = $(datadir)/man
bashdir = $(datadir)/bash-completion/completions
zshdir = $(datadir)/zsh/site-functions
fishdir = $(datadir)/fish/vendor_completions.d
INSTALL = install
JOBS = $(shell nproc 2>/dev/null || echo 2)
FUZZ_SECONDS = 30
# These are the packager's: the environment counts too.
CFLAGS ?= -O2 -g
PKG_CONFIG ?= pkg-config
-include config.mak

# DEVELOPER=1: a warning is an error.
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual \
	-Wpointer-arith -Wundef -Wimplicit-fallthrough -Wconversion \
	-Wno-sign-conversion -Wno-missing-field-initializers \
	$(if $(DEVELOPER),-Werror)
HARDEN := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
LDHARDEN := -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
ifdef SANITIZE
CFLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) \
	-fno-sanitize-recover=all -DGM_ARENA_BLOCK=32
endif
ifdef COVERAGE
CFLAGS := -O0 -g --coverage
endif

PACKAGES := libgit2 yaml-0.1 jansson libprotobuf-c nettle libpq libcurl zlib
# FOUND_...: see $(BUILD)/found.mk.
CPPFLAGS_ALL = -Isrc -D_GNU_SOURCE -DGM_VERSION='"$(VERSION)"' \
	$(FOUND_CPPFLAGS) $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(WARN) $(HARDEN) $(FOUND_CFLAGS) $(CFLAGS)
COMPILE = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL)
LINK = $(CC) $(CFLAGS_ALL) $(LDFLAGS) $(LDHARDEN)
LIBS = $(FOUND_LIBS) -lpg_query -lunistring

ROOMS := base git sql policy migration db approval rollout check report cmd
SOURCES := $(sort $(foreach room,$(ROOMS),$(wildcard src/$(room)/*.c)))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/gen/embed.o
TEMPLATES := $(shell find templates -type f ! -name embed.awk | LC_ALL=C sort)
PAGES := $(sort $(wildcard src/cmd/*.1))
# man(1) looks for man/man1/ beside what is on PATH.
MANUALS := $(PAGES:src/cmd/%=$(BUILD)/man/man1/%)
UNITS := $(sort $(wildcard tests/unit/*/*.c))
UNIT_TESTS := $(UNITS:%.c=$(BUILD)/%.t)
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(sort $(wildcard tests/fuzz/*.c)))

say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@;)
same_or_new = { cmp -s $@ $@.tmp && rm $@.tmp || mv $@.tmp $@; }

all: $(BUILD)/git-migrate $(BUILD)/git-migrate-full $(MANUALS) ## build the program and its manual

# Before anything else, and only for targets that build: what is missing is
# installed, and what is there is asked how it wants to be used.  When the
# answers are new, make starts over with them.
GOALS := $(or $(MAKECMDGOALS),all)
TESTING := $(filter check unit coverage sanitize bench deps,$(GOALS))
LINTING := $(filter lint coverage fuzz deps,$(GOALS))
LISTS := build $(if $(TESTING),test) $(if $(LINTING),lint)
EXTRAS := $(if $(filter check deps,$(GOALS)),hosts servers)
SUDO := $(if $(TESTING)$(LINTING)$(filter demo,$(GOALS)),--sudo)
# Under -n make does this too, but nothing is installed.
ifneq ($(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),)
LISTS :=
EXTRAS :=
endif
ifneq ($(filter-out clean uninstall help schemas,$(GOALS)),)
include $(BUILD)/found.mk
endif

$(BUILD)/found.mk: force
	@CC='$(CC)' CPPFLAGS='$(CPPFLAGS)' PKG_CONFIG='$(PKG_CONFIG)' \
		contrib/packages/install $(SUDO) $(LISTS)
	@mkdir -p $(@D)
	@$(if $(EXTRAS),test -e $(@D)/extras || contrib/packages/install \
		--optional $(EXTRAS); touch $(@D)/extras)
	@cppflags=$$($(PKG_CONFIG) --cflags $(PACKAGES)) && \
	libs=$$($(PKG_CONFIG) --libs $(PACKAGES)) && \
	clash=-fstack-clash-protection && \
	{ $(CC) -Werror $$clash -E -x c /dev/null >$@.tmp 2>&1 || clash=; } && \
	printf 'FOUND_%s := %s\n' CPPFLAGS "$$cppflags" LIBS "$$libs" \
		CFLAGS "$$clash" >$@.tmp
	@$(same_or_new)

# What is built is built again when the words it was built from change.
$(BUILD)/flags: WORDS = $(COMPILE)
$(BUILD)/parts: WORDS = $(OBJECTS) $(AR) $(LINK) $(LIBS)
$(BUILD)/names: WORDS = $(TEMPLATES)
$(BUILD)/flags $(BUILD)/parts $(BUILD)/names: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(WORDS))' >$@.tmp
	@$(same_or_new)

# What git starts is the guard; the rest of the commands are in -full.
$(BUILD)/git-migrate: $(BUILD)/src/guard.o
$(BUILD)/git-migrate $(BUILD)/git-migrate-full: $(BUILD)/src/main.o \
		$(BUILD)/libgm.a $(BUILD)/parts
	$(call say,LINK)$(LINK) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)

$(BUILD)/libgm.a: $(OBJECTS) $(BUILD)/parts
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $(OBJECTS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) -MMD -MP -c -o $@ $<

$(BUILD)/gen/embed.c: $(TEMPLATES) templates/embed.awk $(BUILD)/names
	@mkdir -p $(@D)
	$(call say,GEN)LC_ALL=C awk -f templates/embed.awk -v top=templates/ \
		$(TEMPLATES) >$@.tmp
	@mv $@.tmp $@

$(BUILD)/gen/embed.o: $(BUILD)/gen/embed.c $(BUILD)/flags
	$(call say,CC)$(COMPILE) -Wno-overlength-strings -MMD -MP -c -o $@ $<

# The OPTIONS section of each page is what the program itself knows.
$(BUILD)/man/man1/%.1: src/cmd/%.1 $(BUILD)/git-migrate-full
	@mkdir -p $(@D)
	$(call say,MAN)$(BUILD)/git-migrate-full help --fill-manual $< >$@.tmp
	@mv $@.tmp $@

$(BUILD)/tests/unit/%.t: tests/unit/%.c $(BUILD)/libgm.a
	@mkdir -p $(@D)
	$(call say,TEST)$(COMPILE) -Itests -Itests/unit -MMD -MP -MF $@.d \
		$(LDFLAGS) -o $@ $< $(BUILD)/libgm.a $(LIBS) -lcmocka

$(BUILD)/tests/fuzz/%: tests/fuzz/%.c $(BUILD)/libgm.a
	@mkdir -p $(@D)
	$(call say,FUZZ)$(COMPILE) -MMD -MP -MF $@.d -fsanitize=fuzzer \
		$(LDFLAGS) -o $@ $< $(BUILD)/libgm.a $(LIBS)

-include $(OBJECTS:.o=.d) $(BUILD)/src/main.d $(BUILD)/src/guard.d
-include $(UNIT_TESTS:=.d) $(FUZZERS:=.d)

deps: ## install what the targets below need, where it is missing (Debian)

demo: all ## tell the story on a demo repository
	@contrib/demo/run $(BUILD)

check: all $(UNIT_TESTS) ## run all tests
	$(if $(V),,@)BUILD=$(BUILD) prove -j$(JOBS) $(if $(V),-v) --timer -r \
		--exec '' $(UNIT_TESTS) $(sort $(wildcard tests/e2e/*.t tests/lint/*.t))

unit: $(UNIT_TESTS) ## run the unit tests alone
	$(if $(V),,@)prove -j$(JOBS) --exec '' $(UNIT_TESTS)

schemas: ## fetch what the tests hold manifests against, to build-schemas/
	tests/lib/fetch-schemas

lint: all ## run the linters and analyzers
	@BUILD=$(BUILD) tests/lint/run

bench: all ## run the benchmarks; they print ratios
	@for b in tests/bench/*.sh; do test $${b##*/} = lib.sh || \
		BUILD=$(BUILD) $$b || exit 1; done

coverage: ## line coverage of src/ in build-cov/
	$(MAKE) BUILD=build-cov COVERAGE=1 DEVELOPER=1 check
	gcovr -r . --object-directory build-cov -f src/ --print-summary \
		--fail-under-line 90 -o build-cov/coverage.txt

sanitize: ## the tests under ASan and UBSan in build-san/
	$(MAKE) BUILD=build-san SANITIZE=address,undefined DEVELOPER=1 check

fuzz: ## feed each of tests/fuzz for FUZZ_SECONDS, in build-fuzz/
	$(MAKE) BUILD=build-fuzz CC=clang DEVELOPER=1 \
		SANITIZE=fuzzer-no-link,address,undefined fuzzers

# The SQL parser's library leaks a little on errors.  What a target begins with
# stands beside it, where the templates and the tests of a room do not do.
fuzzers: $(FUZZERS)
	@for f in $^; do mkdir -p $$f.corpus && ASAN_OPTIONS=detect_leaks=0 $$f \
		-timeout=10 -max_total_time=$(FUZZ_SECONDS) -verbosity=0 \
		-artifact_prefix=$$f. -print_final_stats=1 $$f.corpus templates \
		$$(ls -d tests/unit/$${f##*/} tests/fuzz/$${f##*/} 2>/dev/null) \
		|| exit 1; done

install: all ## install below $(DESTDIR)$(prefix)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(mandir)/man1 \
		$(DESTDIR)$(datadir)/git-migrate/hooks $(DESTDIR)$(bashdir) \
		$(DESTDIR)$(zshdir) $(DESTDIR)$(fishdir)
	$(INSTALL) -m 755 $(BUILD)/git-migrate $(BUILD)/git-migrate-full \
		$(DESTDIR)$(bindir)/
	$(INSTALL) -m 644 $(MANUALS) $(DESTDIR)$(mandir)/man1/
	$(INSTALL) -m 755 $(wildcard hooks/*) $(DESTDIR)$(datadir)/git-migrate/hooks/
	$(BUILD)/git-migrate completion bash >$(DESTDIR)$(bashdir)/git-migrate
	$(BUILD)/git-migrate completion zsh >$(DESTDIR)$(zshdir)/_git-migrate
	$(BUILD)/git-migrate completion fish >$(DESTDIR)$(fishdir)/git-migrate.fish

uninstall: ## remove what install put there
	rm -f $(addprefix $(DESTDIR)$(bindir)/,git-migrate git-migrate-full) \
		$(addprefix $(DESTDIR)$(mandir)/man1/,$(notdir $(PAGES))) \
		$(DESTDIR)$(bashdir)/git-migrate $(DESTDIR)$(zshdir)/_git-migrate \
		$(DESTDIR)$(fishdir)/git-migrate.fish
	rm -rf $(DESTDIR)$(datadir)/git-migrate

clean: ## remove all that was built
	rm -rf $(BUILD) build build-san build-cov build-clang build-fuzz

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' Makefile

force:
.PHONY: all deps demo check unit schemas lint bench coverage sanitize fuzz \
	fuzzers install uninstall clean help force
.DELETE_ON_ERROR:
