#!/bin/sh
# The supervisor stops one program after another and often notices only a second later that one has ended. So the first
# that it has stopped, which is nginx, lets this (an event listener of the supervisor's) tell all the others at once;
# Litestream only when the programs have ended: what a last restore has changed is to be in the replica. The cat that
# serve.sh may have put behind the output (and that is the supervisor's child then) ends with the last of them.
trap "" TERM
echo READY
read -r stopped || exit 0
: "$stopped"

children() {
    tr ' ' '\n' <"/proc/$PPID/task/$PPID/children" | while read -r pid; do
        read -r name 2>/dev/null <"/proc/$pid/comm" || continue
        [ "$pid" = $$ ] || [ "$name" = cat ] || printf '%s %s\n' "$name" "$pid"
    done
}

tell() { # those whose lines grep chooses with these options
    children | grep "$@" | while read -r _ pid; do
        kill -TERM "$pid"
    done
}

tell -v '^litestream '
while children | grep -qv '^litestream '; do
    sleep 0.05
done
tell '^litestream '
