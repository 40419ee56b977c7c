# Unit tests, fuzzers and sanitizer builds of the parts that need no server.
#
# Included by the top Makefile.  Objects live under build/<kind>/, one kind per
# set of compiler flags, so that they never mix with the module's own.
#
#   build/unit/<name>   test/unit/<name>.c with the pure sources, plain
#   build/asan/<name>   the same under AddressSanitizer and UBSan
#   build/fuzz/<name>   test/fuzz/fuzz_<x>.c under libFuzzer, ASan and UBSan
#   build/tool/<name>   test/fuzz/tool_<x>.c under ASan and UBSan

# A source is pure if it does not start from the server's header.
PURE_SRCS := $(sort $(shell grep -L '^\#include "postgres.h"' \
             $(wildcard src/base/*.c src/lang/*.c src/net/*.c) /dev/null))
UNIT_NAMES := $(basename $(notdir $(wildcard test/unit/*.c)))
FUZZ_NAMES := $(basename $(notdir $(wildcard test/fuzz/fuzz_*.c)))
TOOL_NAMES := $(basename $(notdir $(wildcard test/fuzz/tool_*.c)))

PURE_CC    ?= gcc
FUZZ_CC    ?= clang
PURE_FLAGS  = -g -O1 -fno-strict-aliasing -DGQLE_STANDALONE -Iinclude -MMD -MP \
              $(filter-out -Wshadow=% -Wno-unknown% -Wno-unused-command%,$(WARNINGS))
PURE_LIBS   = -lcurl -lcjson -ljwt -lssl -lcrypto -lz -ldeflate -lm
SANITIZE    = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
              -fno-omit-frame-pointer -DGQLE_ARENA_MAX_BLOCK=8

unit-build: $(UNIT_NAMES:%=build/unit/%)
asan-build: $(UNIT_NAMES:%=build/asan/%)
fuzz-build: $(FUZZ_NAMES:%=build/fuzz/%)
tool-build: $(TOOL_NAMES:%=build/tool/%)

# $(1): kind, $(2): compiler and flags for objects, $(3): for linking,
# $(4): directory of the programs' sources, $(5): their names
define pure_kind
build/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$(2) $$(PURE_FLAGS) -c -o $$@ $$<

$(5:%=build/$(1)/%): build/$(1)/%: build/$(1)/$(4)/%.o $(PURE_SRCS:%.c=build/$(1)/%.o)
	$(3) -o $$@ $$^ $$(PURE_LIBS)

-include $(PURE_SRCS:%.c=build/$(1)/%.d) $(5:%=build/$(1)/$(4)/%.d)
endef

$(eval $(call pure_kind,unit,$(PURE_CC),$(PURE_CC),test/unit,$(UNIT_NAMES)))
$(eval $(call pure_kind,asan,$(PURE_CC) $(SANITIZE),$(PURE_CC) $(SANITIZE),test/unit,$(UNIT_NAMES)))
$(eval $(call pure_kind,fuzz,$(FUZZ_CC) $(SANITIZE) -fsanitize=fuzzer-no-link,$(FUZZ_CC) $(SANITIZE) -fsanitize=fuzzer,test/fuzz,$(FUZZ_NAMES)))
$(eval $(call pure_kind,tool,$(PURE_CC) $(SANITIZE),$(PURE_CC) $(SANITIZE),test/fuzz,$(TOOL_NAMES)))

.PHONY: unit-build asan-build fuzz-build tool-build
.SECONDARY:
