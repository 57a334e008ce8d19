#!/bin/sh
# Try new sequences of actions on each database for so long: fuzz.sh PYTHON TIME, such as 90s, 15m or 2h. It ends with the
# shortest sequence found that breaks a rule of docs/order-life.md; else with how often each action was done and refused,
# and it fails when one was never done. Then, for as long, hostile input is put into every place that takes any, each time by
# another seed, which is said: with it in TOONBANK_HOSTILE_SEED the tests do the same again. So it is with damages, of rows and
# values that are taken by chance, one at a time and several at once: each must be told (TOONBANK_DAMAGE_SEED). Then 2,000 new
# orders (E_INVOICES) are issued and credited, and their e-invoices tried by the official rules. At last the
# events of the recorded shop are replayed with each of them left out, where TOONBANK_PAYLOADS names the recordings.
set -eu

python=$1
case $2 in
    *h) seconds=$((${2%h} * 3600)) ;;
    *m) seconds=$((${2%m} * 60)) ;;
    *) seconds=${2%s} ;;
esac

for database in sqlite postgresql; do
    echo "$database, for $2"
    TOONBANK_FUZZ=$seconds "$python" -m pytest -q -x -s --hypothesis-profile=fuzz \
        tests/whole/test_any_sequence.py -k "new_sequences and $database"
done
echo "hostile input, for $2"
ends=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt "$ends" ]; do
    TOONBANK_HOSTILE_SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    export TOONBANK_HOSTILE_SEED
    echo "TOONBANK_HOSTILE_SEED=$TOONBANK_HOSTILE_SEED"
    TOONBANK_UPLOADS=60 "$python" -m pytest -q -x tests/whole/test_hostile_inputs.py tests/whole/test_hostile_files.py \
        tests/whole/test_hostile_uploads.py
done
echo "damages, for $2"
ends=$(($(date +%s) + seconds))
while [ "$(date +%s)" -lt "$ends" ]; do
    TOONBANK_DAMAGE_SEED=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    export TOONBANK_DAMAGE_SEED
    echo "TOONBANK_DAMAGE_SEED=$TOONBANK_DAMAGE_SEED"
    TOONBANK_DAMAGES=40 "$python" -m pytest -q -x tests/whole/test_every_damage.py
done
echo "e-invoices"
E_INVOICES=${E_INVOICES:-2000} "$python" -m pytest -q -x --hypothesis-profile=fuzz tests/einvoices/test_reading.py
if [ -n "${TOONBANK_PAYLOADS:-}" ]; then
    "$python" -m pytest -q -x --hypothesis-profile=fuzz tests/whole/test_recorded_shop.py
else
    echo "The recorded shop is not replayed: TOONBANK_PAYLOADS names no recordings."
fi
echo "No sequence broke a rule, no input broke anything, and each damage was told."
