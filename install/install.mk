# make install: all of the site in one folder, as serve.sh finds it, its programs by their names in bin, their manual
# pages, and units for systemd. DESTDIR= stages it for a package: nothing outside of it is touched then.
#
#   PREFIX     where it goes; /usr/local
#   DATA       the folder of the databases; /data
#   SITE_USER  who the site runs as; camera-sheet, who is made, and whose group the app can join

DATA ?= /data
SITE_USER ?= camera-sheet

name := camera-sheet-backup
site := $(PREFIX)/lib/$(name)
etc := $(if $(filter /usr /usr/local,$(PREFIX)),,$(PREFIX))/etc/$(name)
documents := $(PREFIX)/share/doc/$(name)
manuals := $(PREFIX)/share/man
units := $(PREFIX)/lib/systemd/system
# What is the same for all services is read for each: that of its own name, and those whose names begin with it.
drop_ins := $(units)/$(name).service.d $(units)/$(name)-.service.d
accounts := $(PREFIX)/lib/sysusers.d/$(name).conf
folders := $(PREFIX)/lib/tmpfiles.d/$(name).conf
unit_files := $(notdir $(wildcard install/systemd/$(name)*))
commands := $(notdir $(programs))

.PHONY: man install install-site install-manuals install-units uninstall

# --- manual pages --------------------------------------------------------------------------------

pages := $(commands:%=$(BUILD)/man/%.1) $(BUILD)/man/$(name).8
man: $(pages)

$(BUILD)/man/%.1: $(BUILD)/cgi-bin/% install/manual.awk
	@mkdir -p $(@D)
	$< --help | awk -v name=$* -v section=1 -v version=$(version) -f install/manual.awk >$@

$(BUILD)/man/$(name).8: serve.sh install/manual.awk
	@mkdir -p $(@D)
	./serve.sh --help | awk -v name=$(name) -v section=8 -v version=$(version) -f install/manual.awk >$@

# --- installing ----------------------------------------------------------------------------------

# Where things lie is put into the files that say it.
place = sed -e 's|@LIB@|$(site)|g; s|@ETC@|$(etc)|g; s|@DATA@|$(DATA)|g; s|@USER@|$(SITE_USER)|g'

install: install-site install-manuals install-units
	$(if $(here),$(make_known))

install-site: all
	install -d $(DESTDIR)$(site)/cgi-bin $(DESTDIR)$(PREFIX)/bin
	install $(programs) $(DESTDIR)$(site)/cgi-bin
	install serve.sh stop-together.sh $(DESTDIR)$(site)
	install -m 644 settings.sh supervise.py $(DESTDIR)$(site)
	test ! -x $(litestream) || install $(litestream) $(DESTDIR)$(site)
	install -m 644 nginx.conf supervisord.conf litestream.yml $(BUILD)/openapi.json $(DESTDIR)$(site)
	rm -rf $(DESTDIR)$(site)/html
	cp -R $(BUILD)/html $(DESTDIR)$(site)/html
	chmod -R u=rwX,go=rX $(DESTDIR)$(site)/html
	for program in $(commands); do \
	    ln -sf ../lib/$(name)/cgi-bin/$$program $(DESTDIR)$(PREFIX)/bin/$$program || exit; \
	done
	ln -sf ../lib/$(name)/serve.sh $(DESTDIR)$(PREFIX)/bin/$(name)

install-manuals: man
	install -d $(DESTDIR)$(manuals)/man1 $(DESTDIR)$(manuals)/man8 $(DESTDIR)$(documents)/docs
	install -m 644 $(filter %.1,$(pages)) $(DESTDIR)$(manuals)/man1
	install -m 644 $(filter %.8,$(pages)) $(DESTDIR)$(manuals)/man8
	install -m 644 README.md LICENSE install/nginx-site.conf $(DESTDIR)$(documents)
	install -m 644 $(wildcard docs/*) $(DESTDIR)$(documents)/docs

# Settings that are there stay; the keys of the replica are among them.
install-units:
	install -d $(addprefix $(DESTDIR),$(units) $(drop_ins) $(dir $(accounts)) $(dir $(folders)) $(etc))
	for unit in $(unit_files); do \
	    $(place) install/systemd/$$unit >$(DESTDIR)$(units)/$$unit || exit; \
	done
	for folder in $(drop_ins); do $(place) install/systemd/common.conf >$(DESTDIR)$$folder/common.conf || exit; done
	$(place) install/systemd/sysusers.conf >$(DESTDIR)$(accounts)
	$(place) install/systemd/tmpfiles.conf >$(DESTDIR)$(folders)
	chmod 644 $(addprefix $(DESTDIR),$(unit_files:%=$(units)/%) $(drop_ins:%=%/common.conf) $(accounts) $(folders))
	test -e $(DESTDIR)$(etc)/settings.env || \
	    { install -m 600 /dev/null $(DESTDIR)$(etc)/.new && $(place) install/settings.env >$(DESTDIR)$(etc)/.new && \
      mv $(DESTDIR)$(etc)/.new $(DESTDIR)$(etc)/settings.env; }

# Whether it is for this very machine: its systemd learns of the user, the folder and the units.
here := $(if $(DESTDIR)$(filter-out /usr /usr/local,$(PREFIX)),,yes)

define make_known
test "$$(id -u)" != 0 || ! command -v systemd-sysusers >/dev/null || \
    { systemd-sysusers $(accounts) && systemd-tmpfiles --create $(folders); }
$(reload_units)
endef

define reload_units
test "$$(id -u)" != 0 || test ! -d /run/systemd/system || systemctl daemon-reload
endef

# A unit that is gone, but had failed, would be listed for ever.
define make_forgotten
$(reload_units)
test "$$(id -u)" != 0 || test ! -d /run/systemd/system || systemctl reset-failed '$(name)*'
endef

# Databases, backups, state and user stay, and settings that somebody has changed.
uninstall:
	rm -rf $(addprefix $(DESTDIR),$(site) $(documents) $(drop_ins))
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(commands) $(name))
	rm -f $(addprefix $(DESTDIR)$(manuals)/man1/,$(commands:%=%.1)) $(DESTDIR)$(manuals)/man8/$(name).8
	rm -f $(addprefix $(DESTDIR),$(unit_files:%=$(units)/%) $(accounts) $(folders))
	! $(place) install/settings.env | cmp -s - $(DESTDIR)$(etc)/settings.env || rm $(DESTDIR)$(etc)/settings.env
	test ! -d $(DESTDIR)$(etc) || rmdir --ignore-fail-on-non-empty $(DESTDIR)$(etc)
	$(if $(here),$(make_forgotten))
