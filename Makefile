# gqle: a PostgreSQL extension that turns a database into a GraphQL server.
#
#   make up      install, start a private cluster with demo data, print the URL
#   make test    everything that proves it works, on a cluster of its own
#
# Everything else is listed in docs/architecture.md, "Make targets".

EXTENSION    = gqle
EXTVERSION   = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" gqle.control)
MODULE_big   = gqle

SRCS         = src/gqle.c $(wildcard src/*/*.c) $(wildcard worker/*.c)
OBJS         = $(SRCS:.c=.o)
SQL_PARTS    = $(sort $(wildcard sql/parts/*.sql))
DATA         = $(wildcard sql/gqle--*--*.sql)
DATA_built   = sql/gqle--$(EXTVERSION).sql

PG_CONFIG   ?= pg_config
# Bitcode for JIT inlining gains nothing here and doubles the build time.
override with_llvm = no
PG_CPPFLAGS  = -MMD -MP -Iinclude -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS    = -Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes \
               -Wstrict-prototypes -Wold-style-definition -Wundef \
               -Wimplicit-fallthrough -Wvla -Wformat=2 -Wno-format-nonliteral
ifeq ($(WERROR),1)
PG_CFLAGS   += -Werror
endif
SHLIB_LINK   = -lmicrohttpd -lwslay -lcurl -lcjson -ljwt -lssl -lcrypto -lz \
               -Wl,--version-script=src/gqle.map
EXTRA_CLEAN  = $(DATA_built) $(OBJS:.o=.d)

PGXS        := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

sql/gqle--$(EXTVERSION).sql: $(SQL_PARTS) gqle.control
	cat $(SQL_PARTS) > $@

-include $(OBJS:.o=.d)
