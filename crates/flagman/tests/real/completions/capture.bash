# Prints what bash offers for the last word of LINE, one on a line: bash capture.bash COMPLETION LINE
#
# An interactive bash with readline gets the line and M-* (insert-completions), which puts everything
# that is offered into the line; the line is then executed, and `flagman` prints its words. Where
# nothing is offered, that is the last word as it was typed.
completion=$1 line=$2
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT

# While bash completes a line, flagman is asked for its actions.
flagman='flagman() {
    if [ -n "${COMP_LINE-}" ]; then command flagman "$@"; else printf "%s\n" "$@" >&9; fi
}'
# In a session of its own it has no terminal that it could take away from anybody.
printf "unset HISTFILE; . '%s'\n%s\n%s\e*\nexit\n" "$completion" "$flagman" "$line" |
    TERM=dumb INPUTRC=/dev/null \
    setsid --wait bash --noprofile --norc -i 9>"$printed" >/dev/null 2>&1

# The words before the last one were only typed.
eval "set -- ${line% *}"
tail --lines "+$#" "$printed"
