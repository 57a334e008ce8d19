#!/bin/sh
# Try sequences of actions on each database for so long: fuzz.sh PYTHON TIME. It ends with the shortest sequence found that
# breaks a rule of docs/order-life.md, and quietly when the time is over.
set -eu

python=$1
time=$2

for database in sqlite postgresql; do
    echo "$database, for $time"
    result=0
    timeout --foreground --signal=INT "$time" "$python" -m pytest -q -x --hypothesis-profile=fuzz \
        tests/whole/test_any_sequence.py -k "holds_after and $database" || result=$?
    if [ "$result" -ne 124 ]; then  # 124: the time was over
        exit "$result"
    fi
done
echo "No sequence broke a rule."
