# Fuzzing. tests/fuzz/fuzz_NAME.c becomes two programs, each with the library compiled for it:
# build/fuzz/libfuzzer/NAME (clang), which `make fuzz` runs for FUZZ_SECONDS, and
# build/tests/fuzz/fuzz_NAME (the ordinary compiler), which replays corpus/NAME in `make test`.
FUZZ_CC ?= clang-14
FUZZ_SECONDS ?= 20

fuzz_names := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz_programs := $(fuzz_names:%=$(BUILD)/fuzz/libfuzzer/%)
fuzz_replays := $(fuzz_names:%=$(BUILD)/tests/fuzz/fuzz_%)
fuzz_sanitizers := address,undefined,float-cast-overflow
fuzz_flags := -std=gnu11 -D_GNU_SOURCE -Ilib -Itests/fuzz -I$(BUILD)/fuzz $(WARNINGS) -O1 -g \
              -fno-omit-frame-pointer -fno-sanitize-recover=all

# Whether `make test` needs them.
fuzz_replays_wanted := $(if $(TESTS),$(findstring tests/fuzz,$(TESTS)),yes)

.PHONY: fuzz fuzz-programs fuzz-replays
fuzz-programs: $(fuzz_programs)
fuzz-replays: $(fuzz_replays)

fuzz: packages-build+run+fuzz
	@$(MAKE) --no-print-directory -j2 fuzz-programs
	@FUZZ_SECONDS='$(FUZZ_SECONDS)' FUZZ_SEED='$(FUZZ_SEED)' BUILD='$(BUILD)' tests/fuzz/run $(FUZZ)

# The endpoints' programs, for endpoints.c.
fuzz_endpoints := $(foreach name,$(wildcard cgi-bin/*.c),PROGRAM($(subst -,_,$(basename $(notdir $(name))))))
$(shell mkdir -p $(BUILD)/fuzz; echo '$(fuzz_endpoints)' | cmp -s - $(BUILD)/fuzz/programs.inc || \
    echo '$(fuzz_endpoints)' >$(BUILD)/fuzz/programs.inc)

# What the programs of one kind consist of: $(1) is its folder, $(2) its compiler with flags.
define fuzz_rules
$(1)/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $$(@D)
	$(2) -MMD -MP -c $$< -o $$@

$(1)/cgi-bin/%.o: cgi-bin/%.c tests/fuzz/fuzz.mk
	@mkdir -p $$(@D)
	$(2) -Wno-missing-prototypes -Dmain=$$(subst -,_,$$*)_main -Dendpoint_main=fuzz_note_endpoint \
	    -MMD -MP -c $$< -o $$@

$(1)/tests/fuzz/endpoints.o: $$(BUILD)/fuzz/programs.inc

$(1)/libraries.a: $$(patsubst %.c,$(1)/%.o,$$(wildcard lib/*.c cgi-bin/*.c) tests/fuzz/fuzz.c tests/fuzz/endpoints.c)
	rm -f $$@
	$$(AR) rcs $$@ $$^

-include $$(wildcard $(1)/lib/*.d $(1)/cgi-bin/*.d $(1)/tests/fuzz/*.d)
endef

fuzz_clang := $(FUZZ_CC) $(fuzz_flags) -fsanitize=fuzzer-no-link,$(fuzz_sanitizers)
fuzz_cc := $(CC) $(fuzz_flags) -fsanitize=$(fuzz_sanitizers)
$(eval $(call fuzz_rules,$(BUILD)/fuzz/clang,$$(fuzz_clang)))
$(eval $(call fuzz_rules,$(BUILD)/fuzz/cc,$$(fuzz_cc)))

$(fuzz_programs): $(BUILD)/fuzz/libfuzzer/%: $(BUILD)/fuzz/clang/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/clang/libraries.a
	@mkdir -p $(@D)
	$(fuzz_clang) -fsanitize=fuzzer $^ -o $@ $(LIBS)

$(fuzz_replays): $(BUILD)/tests/fuzz/%: $(BUILD)/fuzz/cc/tests/fuzz/%.o $(BUILD)/fuzz/cc/tests/fuzz/replay.o \
    $(BUILD)/fuzz/cc/libraries.a
	@mkdir -p $(@D)
	$(fuzz_cc) $^ -o $@ $(LIBS)

.SECONDARY: $(fuzz_names:%=$(BUILD)/fuzz/clang/tests/fuzz/fuzz_%.o) $(fuzz_names:%=$(BUILD)/fuzz/cc/tests/fuzz/fuzz_%.o)
