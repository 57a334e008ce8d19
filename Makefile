# make run · make test · make fuzz · make story · make lint · make bench

VENV = .venv
BIN = $(VENV)/bin
TOONBANK = $(BIN)/flask --app wsgi toonbank

PORT ?= 8000
DEMO ?= 1
TESTS ?= tests
FOR ?= 15m

BABEL = $(BIN)/pybabel --quiet
TEXTS = app/translations

.PHONY: run test fuzz story lint bench translations pictures

# The shop on http://127.0.0.1:8000; PORT=9000 for another port, DEMO=0 for an empty shop.
run: $(VENV)/packages
	@$(TOONBANK) init $(if $(filter 0,$(DEMO)),,--demo)
	@exec $(TOONBANK) serve --port $(PORT)

# Everything; one part with TESTS=tests/actions.
test: $(VENV)/test-packages
	@tools/test_programs.sh
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

# Ever new sequences of everything that can be done to orders, on both databases, until one breaks a rule; FOR=1h for an hour each.
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

bench: $(VENV)/test-packages
	@$(BIN)/python -m bench

# After texts have changed: collects them into the catalogues, to be completed by hand; run it again to compile those.
translations: $(VENV)/packages
	@$(BABEL) extract -F tools/babel.cfg -k _l -k _gettext --no-location --sort-output -o $(TEXTS)/messages.pot app
	@$(BABEL) update -d $(TEXTS) -i $(TEXTS)/messages.pot --no-fuzzy-matching --ignore-obsolete --width 0
	@$(BABEL) compile -d $(TEXTS)

# Toonbank's pages as docs/connections.md shows them, after they have changed; git tells which did.
pictures: $(VENV)/test-packages
	@$(BIN)/python -m tools.pictures

# These files only say when packages were last installed.
$(VENV)/packages: requirements.txt tools/make_venv.sh
	@tools/make_venv.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/test-packages: requirements.txt requirements-dev.txt tools/make_venv.sh
	@tools/make_venv.sh $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/packages
