# make run · make test · make fuzz · make story · make lint · make bench · make styles · make hashes · make sbom

VENV = .venv
BIN = $(VENV)/bin
TOONBANK = $(BIN)/flask --app wsgi toonbank

PORT ?= 8000
DEMO ?= 1
TESTS ?= tests
FOR ?= 15m

BABEL = $(BIN)/pybabel --quiet
TEXTS = app/translations

.PHONY: run test fuzz story lint bench translations pictures styles hashes sbom

# The shop on http://127.0.0.1:8000; PORT=9000 for another port, DEMO=0 for an empty shop.
run: $(VENV)/packages
	@$(TOONBANK) init $(if $(filter 0,$(DEMO)),,--demo)
	@exec $(TOONBANK) serve --port $(PORT)

# Everything; one part with TESTS=tests/actions. Three at once keep two cores busy, for many wait for a program or a database.
test: $(VENV)/test-packages
	@tools/test_programs.sh
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

# Ever new sequences of everything that can be done to orders, on both databases, until one breaks a rule, then ever new hostile
# input in every place that takes any; FOR=1h for an hour each.
fuzz: $(VENV)/test-packages
	@tools/fuzz.sh $(BIN)/python $(FOR)

# Two desks, two shops, and everything that goes wrong between them, in ever new stories: FOR=1h for an hour. A story that
# ends wrong says its seed: TOONBANK_STORY_SEED=123 make story plays its happenings again.
story: $(VENV)/test-packages
	@TOONBANK_STORY=$(FOR) $(BIN)/python -m pytest -q -x -s tests/story -k ever_new

lint: $(VENV)/test-packages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy

# How fast all is, beside Django's admin and django-oscar, at 10,000 and 100,000 orders: bench/README.md. It takes an hour or two.
bench: $(VENV)/test-packages $(VENV)/peers/packages
	@$(BIN)/python -m bench $(BENCH)

# After texts have changed: collects them into the catalogues, to be completed by hand; run it again to compile those.
translations: $(VENV)/packages
	@$(BABEL) extract -F tools/babel.cfg -k _l -k _gettext --no-location --sort-output -o $(TEXTS)/messages.pot app
	@$(BABEL) update -d $(TEXTS) -i $(TEXTS)/messages.pot --no-fuzzy-matching --ignore-obsolete --width 0
	@$(BABEL) compile -d $(TEXTS)

# Toonbank’s pages as docs/connections.md and docs/manual show them, after they have changed; git tells which did.
pictures: $(VENV)/test-packages
	@$(BIN)/python -m tools.pictures
	@$(BIN)/python -m tools.manual_pictures

# After a template, a script or a text names a class of Tabler's that none named before, or no more: what pages take of it.
styles: $(VENV)/test-packages
	@$(BIN)/python -m tools.styles

# After a requirements file has changed: the hashes of all files of each package, for every system, into its lock file.
hashes: $(VENV)/tools/packages
	@for each in requirements requirements-dev requirements-tools requirements-peers; do \
		$(VENV)/tools/bin/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
			--no-annotate --custom-compile-command "make hashes" --output-file $$each.lock $$each.txt || exit 1; \
	done

# What Toonbank is made of, with licences, as CycloneDX: sbom.json.
sbom: $(VENV)/tools/packages $(VENV)/shipped/packages
	@$(VENV)/tools/bin/python -m tools.sbom $(VENV)/shipped sbom.json

# These files only say when packages were last installed.
$(VENV)/packages: requirements.lock tools/make_venv.sh
	@tools/make_venv.sh $(VENV) requirements.lock
	@touch $@

$(VENV)/test-packages: requirements-dev.lock tools/make_venv.sh
	@tools/make_venv.sh $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/packages

# Beside the others, for those need other versions of some.
$(VENV)/tools/packages: requirements-tools.lock tools/make_venv.sh
	@tools/make_venv.sh $(VENV)/tools requirements-tools.lock
	@touch $@

# What the benchmarks compare with.
$(VENV)/peers/packages: requirements-peers.lock tools/make_venv.sh
	@tools/make_venv.sh $(VENV)/peers requirements-peers.lock
	@touch $@

# Only what runs, without what tests.
$(VENV)/shipped/packages: requirements.lock tools/make_venv.sh
	@tools/make_venv.sh $(VENV)/shipped requirements.lock
	@touch $@
