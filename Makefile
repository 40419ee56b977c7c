# gqle: a PostgreSQL extension that turns a database into a GraphQL server.
#
#   make up      install, start a private cluster with demo data, print the URL
#   make test    everything that proves it works, on clusters of its own
#
# Everything else is listed in docs/architecture.md, "Make targets".

EXTENSION    = gqle
EXTVERSION  := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" gqle.control)
MODULE_big   = gqle

SRCS        := src/gqle.c $(sort $(wildcard src/*/*.c)) $(sort $(wildcard worker/*.c))
OBJS         = $(SRCS:.c=.o)
SQL_PARTS   := $(sort $(wildcard sql/parts/*.sql))
UPDATES     := $(sort $(wildcard sql/updates/*.sql))
DATA         = $(sort $(wildcard sql/released/*.sql))
DATA_built   = sql/gqle--$(EXTVERSION).sql $(UPDATES:sql/updates/%=sql/gqle--%)

PG_CONFIG   ?= pg_config
PGXS        := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
PGMAJOR     := $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')

# The compiler is the server's own unless the command line says CC=...
ifeq ($(origin CC),command line)
GQLE_CC     := $(CC)
else
GQLE_CC     := $(shell $(PG_CONFIG) --cc 2>/dev/null)
endif

# Bitcode for JIT inlining gains nothing here and doubles the build time.
override with_llvm = no

# Server headers are system headers, so that our own warnings can be strict.
PG_CPPFLAGS := -MMD -MP -Iinclude \
               -isystem $(shell $(PG_CONFIG) --includedir 2>/dev/null) \
               -isystem $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)
WARNINGS    := -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
               -Wmissing-prototypes \
               -Wstrict-prototypes -Wold-style-definition -Wundef \
               -Wimplicit-fallthrough -Wvla -Wformat=2 -Wno-format-nonliteral \
               -Wdeclaration-after-statement
ifneq ($(findstring clang,$(shell $(GQLE_CC) --version 2>/dev/null)),)
# The server's flags were chosen for gcc.
WARNINGS    += -Wno-unknown-warning-option -Wno-unused-command-line-argument \
               -Wno-ignored-attributes -Wno-missing-field-initializers
else
WARNINGS    += -Wshadow=compatible-local
endif
ifeq ($(WERROR),1)
WARNINGS    += -Werror
endif
PG_CFLAGS    = $(WARNINGS)
SHLIB_LINK   = -lmicrohttpd -lwslay -lcurl -lcjson -ljwt -lssl -lcrypto -lz -ldeflate -lpq \
               -Wl,--version-script=src/gqle.map
EXTRA_CLEAN  = $(DATA_built) $(OBJS:.o=.d) build results output_iso \
               regression.diffs regression.out

# T=name picks one test, in every test target.
T           ?=
REGRESS      = $(if $(T),$(T),$(sort $(basename $(notdir $(wildcard test/sql/*.sql)))))
REGRESS_OPTS = --inputdir=test --load-extension=gqle
ISOLATION    = $(if $(T),$(T),$(sort $(basename $(notdir $(wildcard test/specs/*.spec)))))
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=gqle
# Before 16 expected files were looked for in the output directory first.
ifeq ($(filter 14 15,$(PGMAJOR)),)
REGRESS_OPTS   += --expecteddir=.
ISOLATION_OPTS += --expecteddir=.
endif

.DEFAULT_GOAL := all

ifneq ($(PGXS),)
include $(PGXS)

$(shlib): src/gqle.map

-include $(OBJS:.o=.d)
else
all install installcheck:
	@echo "no server headers: '$(PG_CONFIG) --pgxs' said nothing;" >&2
	@echo "run 'make up', or 'make packages', or set PG_CONFIG" >&2
	@exit 1
endif

# --- the console: fetched and built with npm, installed if it was built ---

CONSOLE_DIR  = $(DESTDIR)$(datadir)/gqle/console

console: build/console/index.html

build/console/index.html: $(wildcard worker/console/*.*)
	cd worker/console && npm ci --no-fund --no-audit --loglevel error
	cd worker/console && node build.mjs $(CURDIR)/build/console

install-console:
	@if [ -f build/console/index.html ]; then \
		rm -rf '$(CONSOLE_DIR)' && $(MKDIR_P) '$(CONSOLE_DIR)' && \
		$(INSTALL_DATA) build/console/* '$(CONSOLE_DIR)/'; fi

uninstall-console:
	rm -rf '$(CONSOLE_DIR)'

ifneq ($(PGXS),)
install: install-console
uninstall: uninstall-console
endif

sql: $(DATA_built)

# for scripts: what is built of it
print-sql:
	@echo $(abspath $(DATA_built))

sql/gqle--$(EXTVERSION).sql: $(SQL_PARTS) gqle.control
	@cat $(SQL_PARTS) > $@.tmp && mv $@.tmp $@

# A line "-- include FILE [SECTION]" of an update stands for a part.
$(UPDATES:sql/updates/%=sql/gqle--%): sql/gqle--%: sql/updates/% $(SQL_PARTS)
	@awk -f sql/include.awk $< > $@.tmp && mv $@.tmp $@

# --- the pure parts without a server: unit tests, fuzzers, sanitizers ---

include test/pure.mk

# --- clusters, tests and measurements: shell under test/ ---

export PG_CONFIG

packages:
	@test/packages.sh

up down restart clean-data dev:
	@test/$@.sh

test:
	@test/run.sh

test-regress test-pgtap test-iso test-http test-cli test-worker test-unit test-fuzz \
test-asan test-differential test-matrix:
	@T='$(T)' test/run.sh $(@:test-%=%)

conformance:
	@T='$(T)' test/conformance/run.sh

lint:
	@test/lint/run.sh

format:
	@test/lint/format.sh

docs:
	@test/lint/settings.pl --write

bench:
	@T='$(T)' test/bench/run.sh

.PHONY: sql print-sql console install-console uninstall-console packages up down \
	restart clean-data dev test test-regress \
	test-pgtap test-iso test-http test-cli test-worker test-unit test-fuzz test-asan \
	test-differential test-matrix conformance lint format docs bench
