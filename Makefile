# Two commands matter: `make run` and `make test`. Both set up whatever is missing; `make help` lists the rest.
PYTHON ?= python3
STEP = $(PYTHON) -I platform/balai/devstack/bootstrap.py
BIN = .venv/bin

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint bench lock words vendor balai stop status clean setup check-python

help: ## daftar perintah ini
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: check-python ## menyalakan semuanya; Ctrl-C menghentikan
	@$(STEP) run

test: check-python ## semua pemeriksaan dan uji, seperti .ci/run
	@$(STEP) test

test-long: check-python ## uji panjang yang tidak masuk `make test`
	@$(STEP) test-long

lint: check-python ## pemeriksaan tanpa uji: ruff, mypy, arah impor
	@$(STEP) lint

bench: setup ## mengukur kecepatan terhadap acuan (docs/performance.md)
	@$(BIN)/python -m bench $(BENCH)

lock: setup ## menulis ulang requirements.lock dari requirements*.in
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 requirements-dev.in -o requirements.lock -q

words: setup ## mengumpulkan kata-kata dari kode ke katalog bahasa (docs/languages.md)
	@$(BIN)/python -m balai.web.extraction

vendor: setup ## mengambil aset pihak ketiga dari npm sesuai daftar berikut hash-nya
	@$(BIN)/python -m balai.web.vendor

balai: check-python ## perintah balai terhadap `make run`, mis. make balai do="doctor"
	@$(STEP) balai $(do)

stop: check-python ## menghentikan yang dinyalakan dari folder ini
	@$(STEP) stop

status: check-python ## apa yang sedang berjalan
	@$(STEP) status

clean: check-python ## menghapus data percobaan, data uji dan .venv dari folder ini
	@$(STEP) clean

setup: check-python ## hanya menyiapkan .venv
	@$(STEP) setup

check-python:
	@command -v $(PYTHON) >/dev/null || { echo "Python tidak ditemukan. Pasang dulu, misalnya di Debian/Ubuntu: apt install python3 python3-venv"; exit 1; }
